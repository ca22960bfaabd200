"""What the page of a quote says beside its lines, what quotes say on other pages, and what is printed on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from saas import grids, money, ui
from saas.crm.customers import reach
from saas.crm.papers import pages, prints
from saas.crm.papers.prints import Told
from saas.crm.products import discount_queries as limits
from saas.crm.quotes import actions, approval_actions, queries
from saas.crm.quotes.models import STATE_LOOKS, STATE_WORDS, Approval, Quote, QuoteState
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission


def about(quote: Quote) -> list[tuple[Any, Any]]:
    """Whom and what it is for, and how long it holds."""

    def link(record: Any, endpoint: str, **ids: Any) -> Markup | None:
        return Markup('<a href="{}">{}</a>').format(url_for(endpoint, **ids), record.name) if record else None

    rows = [
        (_("Customer"), link(quote.account, "customers.show", account_id=quote.account_id)),
        (_("Addressed to"), link(quote.contact, "contacts.show", contact_id=quote.contact_id)),
        (_("Deal"), link(quote.opportunity, "opportunities.show", opportunity_id=quote.opportunity_id)),
        (_("Looked after by"), quote.owner.name if quote.owner else _("Nobody")),
        (_("Good until"), ui.day(quote.valid_until)),
        (_("Sent"), ui.moment(quote.sent_at) if quote.sent_at else None),
        (_("Sent to"), quote.sent_to),
        (_("Opened by the customer"), ui.moment(quote.seen_at) if quote.seen_at else None),
        (_("In %(currency)s", currency=scope.workspace().currency), pages.in_own(quote)),
    ]
    return [(label, value) for label, value in rows if value not in (None, "")]


def answer(quote: Quote) -> list[tuple[Any, Any]]:
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
    return [(label, value) for label, value in rows if value]


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


def shown(quotes: Sequence[Quote]) -> list[dict[str, Any]]:
    """Quotes as the page of a customer or a deal lists them."""
    return [
        {
            "label": one.label,
            "name": one.name,
            "url": url_for("quotes.show", quote_id=one.id),
            "total": ui.money(one.gross, one.currency),
            "state": STATE_WORDS[one.state],
            "look": STATE_LOOKS[one.state],
        }
        for one in quotes
    ]


def account_cell(name: str | None, row: Any) -> Markup:
    """The customer of a quote, as a link."""
    if name is None:
        return grids.EMPTY
    return Markup('<a class="quiet" href="{}">{}</a>').format(
        url_for("customers.show", account_id=row.account_id), name
    )


def address(quote: Quote) -> str:
    """To whom a quote is mailed unless somebody says otherwise."""
    return reach.written_to(quote.contact, quote.account)


def letter(quote: Quote, by: Member) -> str:
    """The words of the mail unless somebody writes his own, in the language of the quote."""
    with prints.in_language(quote.language):
        hello = _("Hello %(name)s,", name=quote.contact.name if quote.contact else quote.account.name)
        words = _(
            "here is our offer %(number)s for “%(what)s”. It holds until %(day)s.",
            number=quote.label,
            what=quote.name,
            day=ui.words().full_day(quote.valid_until),
        )
        return f"{hello}\n\n{words}\n\n{by.name}"


def told(quote: Quote) -> Told:
    """What is printed on it, in the language of the moment."""
    owner = quote.owner.name if quote.owner else None
    day = ui.words().full_day(quote.valid_until)
    facts = [
        (_("Number"), quote.label),
        (_("Date"), ui.words().full_day(actions.today())),
        (_("Good until"), day),
        (_("Your number with us"), quote.account.number),
        (_("Your contact"), owner),
    ]
    return Told(_("Quote %(number)s", number=quote.label), facts, [_("This quote holds until %(day)s.", day=day)])


prints.add(
    prints.Kind(
        table=Quote.__tablename__,
        find=queries.quote,
        take=queries.quote_row,
        lines=queries.lines,
        told=told,
        url=("quotes.show", "quote_id"),
        view=Permission.QUOTE_VIEW,
    )
)
