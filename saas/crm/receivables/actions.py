"""What can be done with invoices: write, issue, send, copy, throw a draft away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _

from saas import clock
from saas.archive import refuse_archived
from saas.crm.customers.models import Account, Contact
from saas.crm.papers import line_actions, print_actions
from saas.crm.papers import paper_actions as papers
from saas.crm.papers.lines import Typed
from saas.crm.papers.paper_actions import about
from saas.crm.quotes import queries as quotes
from saas.crm.quotes.models import Quote, QuoteState
from saas.crm.receivables import queries
from saas.crm.receivables import source_queries as sources
from saas.crm.receivables.models import Invoice
from saas.crm.receivables.queries import KIND
from saas.db import db
from saas.errors import Refused
from saas.tenants import events, numbers
from saas.tenants.models import Member
from saas.tenants.scope import Actor, today
from saas.versions import refuse_overtaken

CREATED, CHANGED, DISCARDED = "invoice.created", "invoice.changed", "invoice.discarded"
ISSUED, SENT = "invoice.issued", "invoice.sent"


class AlreadyIssued(Refused):
    """The invoice has its number: it can't be changed, thrown away or issued again."""


class NotIssued(Refused):
    """The invoice is still a draft."""


def create_invoice(
    values: Mapping[str, Any],
    typed: Sequence[Typed],
    *,
    account: Account,
    contact: Contact | None = None,
    owner: Member | None,
    by: Actor,
) -> Invoice:
    """Write a draft; it has no number yet.

    Args:
        values: columns of Invoice that a person may type: name, currency, language, days, delivered_on, opening and
            closing words.
        typed: its lines, without errors.
        account, contact: whom it is for.
        owner: who answers for it.
        by: who writes it.

    Raises:
        Archived: the customer was put away.
    """
    refuse_archived(account, field="customer")
    made = begun(papers.addressed(account, contact) | dict(values), owner)
    line_actions.write(KIND, made, [], typed)
    events.record(CREATED, made, by=by, changed=about(made))
    return made


def change_invoice(
    invoice: Invoice,
    values: Mapping[str, Any],
    typed: Sequence[Typed],
    *,
    contact: Contact | None,
    version: int | None,
    by: Actor,
) -> dict[str, Any]:
    """Write what the form of a draft holds, lines included; returns what changed, field → [before, after].

    Raises:
        Overtaken: the draft is no longer at `version`.
        AlreadyIssued: it has its number.
    """
    refuse_overtaken(invoice, version)
    _refuse_issued(invoice)
    changed = papers.rewrite(KIND, invoice, values, typed, contact=contact)
    invoice.due_on = today() + timedelta(days=invoice.days)
    if changed:
        db.session.flush()
        events.record(CHANGED, invoice, by=by, changed=changed)
    return changed


def from_quote(quote: Quote, *, by: Member) -> Invoice:
    """A draft of what the customer accepted; asked for again, it is the same one.

    Raises:
        Refused: he hasn't accepted it.
    """
    quote = quotes.lock_quote(quote.id)
    if quote.state is not QuoteState.ACCEPTED:
        raise Refused(_("%(number)s is not accepted yet.", number=quote.label))
    known = queries.of_quote(quote.id)
    if known is not None:
        return known
    if sources.is_quote_billed_by_order(quote.id):
        raise Refused(_("The order that was made of it is on an invoice already."))
    refuse_archived(quote.account)
    made = begun(papers.like(quote) | {"quote_id": quote.id}, quote.owner or by)
    line_actions.taken_over(KIND, made, quotes.lines(quote.id))
    events.record(CREATED, made, by=by, changed=about(made) | {"quote": quote.label})
    return made


def copy_invoice(invoice: Invoice, *, by: Member) -> Invoice:
    """A draft that says the same; it is whose who copies it."""
    refuse_archived(invoice.account)
    made = begun(papers.like(invoice), by)
    line_actions.copied(KIND, made, queries.lines(invoice.id))
    events.record(CREATED, made, by=by, changed=about(made) | {"like": invoice.label})
    return made


def discard_invoice(invoice: Invoice, *, by: Member) -> None:
    """Throw a draft away.

    Raises:
        AlreadyIssued: it has its number.
    """
    invoice = queries.lock_invoice(invoice.id)
    _refuse_issued(invoice)
    invoice.archived_at = clock.now()
    events.record(DISCARDED, invoice, by=by, changed=about(invoice))


def issue_invoice(invoice: Invoice, *, by: Actor) -> Invoice:
    """Give a draft its number and its days. It is owed from now on, never changes again, and its PDF is kept.

    Args:
        invoice: a draft with lines.
        by: who issues it; the clock where it repeats itself.

    Raises:
        AlreadyIssued: it has its number.
        Refused: nothing is on it, or less than nothing is owed on it.
    """
    invoice = queries.lock_invoice(invoice.id)
    _refuse_issued(invoice)
    refuse_archived(invoice.account)
    lines = queries.lines(invoice.id)
    if not any(line.counts for line in lines):
        raise Refused(_("An invoice without a line asks for nothing. Add what it is for first."))
    invoice.rule = line_actions.rule()
    line_actions.add_up(invoice, lines)
    if invoice.gross < 0:
        raise Refused(_("An invoice can't come to less than nothing. Write a credit note for what is given back."))
    day = today()
    invoice.issued_on, invoice.due_on = day, day + timedelta(days=invoice.days)
    invoice.owed = invoice.gross
    line_actions.note_rate(invoice, day)
    invoice.number = numbers.take_without_gap("invoice", day)
    db.session.flush()
    member = by if isinstance(by, Member) else None
    invoice.print_id = print_actions.ask(invoice, by=member, keep=True).id
    db.session.flush()
    events.record(ISSUED, invoice, by=by, changed=about(invoice) | {"due_on": invoice.due_on})
    return invoice


def send_invoice(invoice: Invoice, *, to: str, words: str, by: Actor) -> None:
    """Mail an issued invoice with its PDF; as often as somebody asks for it.

    Args:
        invoice: it has its number.
        to: mail address.
        words: what stands in the mail.
        by: who sends it.

    Raises:
        NotIssued: it is still a draft.
    """
    if invoice.is_draft:
        raise NotIssued(_("Issue the invoice first: a draft has no number."))
    invoice.sent_at, invoice.sent_to = clock.now(), to
    db.session.flush()
    events.record(SENT, invoice, by=by, changed=about(invoice) | {"to": to, "words": words})


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def begun(values: Mapping[str, Any], owner: Member | None) -> Invoice:
    """A draft without lines so far, due after as many days as the customer has unless `values` say how many."""
    days = values["days"] if "days" in values else queries.days_of(values["account_id"])
    due = {"days": days, "due_on": today() + timedelta(days=days)}
    return papers.begin(KIND, {"number": "", **values, **due}, owner=owner)


def _refuse_issued(invoice: Invoice) -> None:
    if not invoice.is_draft or invoice.archived_at is not None:
        text = _(
            "%(number)s is issued and stays as it is. A credit note takes back what is wrong.", number=invoice.label
        )
        raise AlreadyIssued(text)
