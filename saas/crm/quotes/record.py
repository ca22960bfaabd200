"""What the page of a quote says beside its lines, what quotes say on other pages, and what is printed on them."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from saas import money, ui
from saas.crm.papers import prints
from saas.crm.papers import record as papers
from saas.crm.papers.prints import Told
from saas.crm.products import discount_queries as limits
from saas.crm.quotes import approval_actions
from saas.crm.quotes.models import STATE_WORDS, Approval, Quote, QuoteState
from saas.crm.quotes.queries import KIND
from saas.tenants.models import Member
from saas.tenants.scope import today


def about(quote: Quote) -> papers.Facts:
    """Whom and what it is for, and how long it holds."""
    return papers.known(
        [
            *papers.people(quote),
            *papers.sources(quote),
            *papers.owner(quote),
            (_("Good until"), ui.day(quote.valid_until)),
            (_("Sent"), ui.moment(quote.sent_at) if quote.sent_at else None),
            (_("Sent to"), quote.sent_to),
            (_("Opened by the customer"), ui.moment(quote.seen_at) if quote.seen_at else None),
            *papers.in_own(quote),
        ]
    )


def answer(quote: Quote) -> papers.Facts:
    """What the customer answered; nothing until he has."""
    if quote.answered_at is None:
        return []
    rows = [
        (_("Answer"), STATE_WORDS[quote.state]),
        (_("By"), quote.answered_by),
        (_("When"), ui.moment(quote.answered_at)),
        (_("What was written with it"), quote.answer),
        (_("SHA-256 of the PDF"), quote.document and Markup('<span class="hash">{}</span>').format(quote.document)),
    ]
    return papers.known(rows)


def steps(quote: Quote, can_edit: bool) -> set[str]:
    """What may be done with it now: edit, send, revise, withdraw, discard."""
    if not can_edit or quote.archived_at is not None:
        return set()
    if quote.is_draft:
        return {"edit", "send", "discard"}
    if quote.state is QuoteState.SENT:
        return {"revise", "withdraw"}
    is_over = quote.state in (QuoteState.DECLINED, QuoteState.EXPIRED, QuoteState.WITHDRAWN)
    return {"revise"} if is_over else set()


def approval(quote: Quote, reader: Member) -> dict[str, Any] | None:
    """Where letting a discount pass stands; None where nobody has to."""
    if quote.approval is None or quote.approver is None:
        return None
    off = approval_actions.off(quote)
    words = {
        Approval.ASKED: _("%(name)s is asked to let %(off)s %% off pass."),
        Approval.GIVEN: _("%(name)s lets %(off)s %% off pass."),
        Approval.REFUSED: _("%(name)s doesn't let %(off)s %% off pass."),
    }[quote.approval]
    looks = {Approval.ASKED: "waiting", Approval.GIVEN: "good", Approval.REFUSED: "wrong"}
    return {
        "text": words % {"name": quote.approver.name, "off": money.plain(off)},
        "look": looks[quote.approval],
        "can_decide": quote.approval is Approval.ASKED and not limits.needs_approval(reader, off),
    }


def letter(quote: Quote, by: Member) -> str:
    """The words of the mail unless somebody writes his own, in the language of the quote."""

    def words() -> str:
        about = {"number": quote.label, "what": quote.name, "day": ui.words().full_day(quote.valid_until)}
        return _("here is our offer %(number)s for “%(what)s”. It holds until %(day)s.", **about)

    return papers.letter(quote, by, words)


def told(quote: Quote) -> Told:
    """What is printed on it, in the language of the moment."""
    owner = quote.owner.name if quote.owner else None
    day = ui.words().full_day(quote.valid_until)
    facts = [
        (_("Number"), quote.label),
        (_("Date"), ui.words().full_day(today())),
        (_("Good until"), day),
        (_("Your number with us"), quote.account.number),
        (_("Your contact"), owner),
    ]
    return Told(_("Quote %(number)s", number=quote.label), facts, [_("This quote holds until %(day)s.", day=day)])


prints.add_kind(KIND, told)
