"""What can be done with quotes: write, send, write anew, withdraw; what the customer does: look, accept, decline."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import gettext as _

from saas import clock
from saas.archive import refuse_archived
from saas.crm.customers.models import Account, Contact
from saas.crm.opportunities.models import Opportunity
from saas.crm.papers import line_actions, print_actions
from saas.crm.papers import paper_actions as papers
from saas.crm.papers.lines import Typed
from saas.crm.papers.paper_actions import about
from saas.crm.quotes import approval_actions, queries
from saas.crm.quotes.models import HOLDS_FOR, Quote, QuoteState
from saas.crm.quotes.queries import KIND
from saas.db import db
from saas.errors import Refused
from saas.tenants import events, tokens
from saas.tenants.models import Member
from saas.tenants.scope import SYSTEM, Actor, today
from saas.versions import refuse_overtaken

CREATED, CHANGED, SENT = "quote.created", "quote.changed", "quote.sent"
REVISED, WITHDRAWN, DISCARDED = "quote.revised", "quote.withdrawn", "quote.discarded"
SEEN, ACCEPTED, DECLINED, EXPIRED = "quote.seen", "quote.accepted", "quote.declined", "quote.expired"
LINK = "quote"  # what the secret of its link is for


class NoLongerOpen(Refused):
    """The quote can't be answered, sent or changed any more."""


def create_quote(
    values: Mapping[str, Any],
    typed: Sequence[Typed],
    *,
    account: Account,
    contact: Contact | None = None,
    opportunity: Opportunity | None = None,
    owner: Member | None,
    by: Actor,
) -> Quote:
    """Write a quote.

    Args:
        values: columns of Quote that a person may type: name, currency, language, valid_until, opening, closing.
        typed: its lines, without errors.
        account, contact, opportunity: whom and what it is about.
        owner: who answers for it.
        by: who writes it.

    Raises:
        Archived: the customer was put away.
    """
    refuse_archived(account, field="customer")
    said = papers.addressed(account, contact) | {"opportunity_id": opportunity.id if opportunity else None, **values}
    made = _begun(said, owner)
    line_actions.write(KIND, made, [], typed)
    events.record(CREATED, made, by=by, changed=about(made))
    return made


def change_quote(
    quote: Quote,
    values: Mapping[str, Any],
    typed: Sequence[Typed],
    *,
    contact: Contact | None,
    version: int | None,
    by: Actor,
) -> dict[str, Any]:
    """Write what its form holds, lines included; returns what changed, field → [before, after].

    Raises:
        Overtaken: the quote is no longer at `version`.
        NoLongerOpen: it went out: what went out isn't changed, a new version is.
    """
    refuse_overtaken(quote, version)
    _refuse_sent(quote)
    changed = papers.rewrite(KIND, quote, values, typed, contact=contact)
    if changed:
        quote.approval = quote.approver_id = quote.approved_off = None  # what was let pass was another quote
        db.session.flush()
        events.record(CHANGED, quote, by=by, changed=changed)
    return changed


def send_quote(quote: Quote, *, to: str, words: str, by: Member) -> Quote:
    """Let a quote go out: its PDF is made as it is now and mailed with a link where the customer answers.

    Args:
        quote: a draft with lines.
        to: mail address.
        words: what stands in the mail.
        by: who sends it.

    Raises:
        NoLongerOpen: it went out already, or its last day has passed.
        NeedsApproval: it gives more off than `by` may give, and nobody has let it pass.
        Refused: it has no lines.
    """
    quote = queries.lock_quote(quote.id)
    _refuse_sent(quote)
    refuse_archived(quote.account)
    approval_actions.require(quote, by=by)
    if quote.valid_until < today():
        raise NoLongerOpen(_("Its last day has passed: give it a later one first."), field="to")
    if not any(line.counts for line in queries.lines(quote.id)):
        raise Refused(_("A quote without a line says nothing. Add what you offer first."))
    quote.state, quote.sent_at, quote.sent_to = QuoteState.SENT, clock.now(), to
    quote.link_hash = tokens.digest(secret_of(quote))
    line_actions.note_rate(quote, today())
    db.session.flush()
    quote.print_id = print_actions.ask(quote, by=by, keep=True).id
    db.session.flush()
    events.record(SENT, quote, by=by, changed=about(quote) | {"to": to, "words": words, "print_id": quote.print_id})
    return quote


def secret_of(quote: Quote) -> str:
    """The secret of its link; made from the service's key, so that nothing keeps it."""
    return tokens.of_link(current_app.config["SECRET_KEY"], LINK, quote.id)


def revise_quote(quote: Quote, *, by: Member) -> Quote:
    """Begin the next version of a quote that went out; the one before can't be accepted any more.

    Raises:
        NoLongerOpen: it is a draft, was accepted, or has a next version.
    """
    quote = queries.lock_quote(quote.id)
    if quote.state in (QuoteState.DRAFT, QuoteState.ACCEPTED, QuoteState.REPLACED):
        raise NoLongerOpen(_("%(number)s can't be written anew.", number=quote.label))
    more = {"number": quote.number, "edition": quote.edition + 1, "replaces_id": quote.id}
    made = _copy(quote, owner=quote.owner, **more)
    quote.state = QuoteState.REPLACED
    events.record(REVISED, made, by=by, changed={"number": made.number, "edition": made.edition})
    return made


def copy_quote(quote: Quote, *, by: Member) -> Quote:
    """A new quote that says the same; it is whose who copies it."""
    refuse_archived(quote.account)
    made = _copy(quote, owner=by)
    events.record(CREATED, made, by=by, changed=about(made) | {"like": quote.label})
    return made


def withdraw_quote(quote: Quote, *, by: Member) -> None:
    """Take back a quote that the customer hasn't answered.

    Raises:
        NoLongerOpen: it isn't out.
    """
    quote = queries.lock_quote(quote.id)
    if quote.state is not QuoteState.SENT:
        raise NoLongerOpen(_("%(number)s waits for no answer.", number=quote.label))
    quote.state = QuoteState.WITHDRAWN
    events.record(WITHDRAWN, quote, by=by, changed=about(quote))


def discard_quote(quote: Quote, *, by: Member) -> None:
    """Throw a draft away.

    Raises:
        NoLongerOpen: it went out.
    """
    _refuse_sent(quote)
    quote.archived_at = clock.now()
    events.record(DISCARDED, quote, by=by, changed=about(quote))


# ── the customer ────────────────────────────────────────────────────────────────────────────────────────────────────


def see_quote(quote: Quote) -> None:
    """Note that the customer has opened it; once."""
    if quote.seen_at is None and quote.state is QuoteState.SENT:
        quote.seen_at = clock.now()
        events.record(SEEN, quote, by=SYSTEM, changed=about(quote))


def accept_quote(quote_id: UUID, *, name: str, options: Collection[UUID] = (), words: str = "") -> Quote:
    """The customer takes the offer; said twice, it is taken once.

    Args:
        quote_id: of a quote that is out.
        name: who says so, as he typed it.
        options: lines that he wants beside the rest.
        words: what he writes with it.

    Raises:
        NoLongerOpen: its day has passed, or it was answered, replaced or withdrawn meanwhile.
    """
    quote = queries.lock_quote(quote_id)
    if quote.state is QuoteState.ACCEPTED and quote.answered_by == name:
        return quote
    _refuse_closed(quote)
    lines = queries.lines(quote.id)
    for line in lines:
        line.is_chosen = line.id in options
    file = quote.printed.file if quote.printed else None
    quote.document = file.sha256 if file else None
    line_actions.add_up(quote, lines)
    _answer(quote, QuoteState.ACCEPTED, name, words)
    chosen = [line.text for line in lines if line.is_chosen]
    told = {"name": name, "words": words, "document": quote.document, "options": chosen}
    events.record(ACCEPTED, quote, by=SYSTEM, changed=about(quote) | told)
    return quote


def decline_quote(quote_id: UUID, *, name: str, words: str = "") -> Quote:
    """The customer doesn't take the offer; said twice, it is declined once.

    Raises:
        NoLongerOpen: its day has passed, or it was answered, replaced or withdrawn meanwhile.
    """
    quote = queries.lock_quote(quote_id)
    if quote.state is QuoteState.DECLINED and quote.answered_by == name:
        return quote
    _refuse_closed(quote)
    _answer(quote, QuoteState.DECLINED, name, words)
    events.record(DECLINED, quote, by=SYSTEM, changed=about(quote) | {"name": name, "words": words})
    return quote


def expire_quotes() -> int:
    """Close the quotes whose last day has passed; returns how many."""
    found = queries.over(today())
    for quote in found:
        quote.state = QuoteState.EXPIRED
        events.record(EXPIRED, quote, by=SYSTEM, changed=about(quote))
    return len(found)


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _answer(quote: Quote, state: QuoteState, name: str, words: str) -> None:
    quote.state, quote.answered_at, quote.answered_by, quote.answer = state, clock.now(), name, words or None
    db.session.flush()


def _begun(values: Mapping[str, Any], owner: Member | None) -> Quote:
    usual = {"edition": 1, "state": QuoteState.DRAFT, "valid_until": today() + timedelta(days=HOLDS_FOR)}
    return papers.begin(KIND, usual | dict(values), owner=owner)


def _copy(quote: Quote, *, owner: Member | None, **more: Any) -> Quote:
    made = _begun(papers.like(quote, "opportunity_id") | more, owner)
    line_actions.copied(KIND, made, queries.lines(quote.id), is_chosen=False)
    return made


def _refuse_sent(quote: Quote) -> None:
    if not quote.is_draft or quote.archived_at is not None:
        text = _("%(number)s went out already. Begin a new version to change it.", number=quote.label)
        raise NoLongerOpen(text)


def _refuse_closed(quote: Quote) -> None:
    if quote.is_good(today()):
        return
    if quote.state in (QuoteState.SENT, QuoteState.EXPIRED):
        raise NoLongerOpen(_("This quote has run out. Ask us for a new one."))
    raise NoLongerOpen(_("This quote can't be answered any more."))
