"""What pages and papers say of credit notes and payments."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from saas import ui
from saas.crm.papers import prints
from saas.crm.papers import record as papers
from saas.crm.papers.prints import Told
from saas.crm.receivables import settlement_queries as ledger
from saas.crm.receivables.models import CreditNote, Invoice, Payment
from saas.tenants.models import Member
from saas.tenants.permissions import Permission

Facts = papers.Facts


def _link(text: str, endpoint: str, **ids: Any) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url_for(endpoint, **ids), text)


def about_note(note: CreditNote) -> Facts:
    """Whom it is for, and what it takes back."""
    rows = [
        *papers.people(note)[:1],
        (_("Invoice"), _link(note.invoice.number, "receivables.show", invoice_id=note.invoice_id)),
        (_("Why"), note.reason),
        (_("Issued"), ui.day(note.issued_on)),
        *papers.owner(note),
        (_("Sent"), ui.moment(note.sent_at) if note.sent_at else None),
        (_("Sent to"), note.sent_to),
        *papers.in_own(note),
    ]
    return papers.known(rows)


def about_payment(payment: Payment, counter: Payment | None) -> Facts:
    """From whom it came and when, and what became of it."""
    first, back = payment.reverses_id, counter.id if counter else None
    rows = [
        (_("Customer"), _link(payment.account.name, "customers.show", account_id=payment.account_id)),
        (_("Came on"), ui.day(payment.paid_on)),
        (_("Written with it"), payment.reference),
        (_("For no invoice yet"), ui.money(payment.credit, payment.currency) if payment.credit else None),
        (_("Noted by"), payment.member.name if payment.member else None),
        (_("Takes back"), _link(_("An earlier payment"), "payments.show", payment_id=first) if first else None),
        (_("Taken back by"), _link(_("Its counter-entry"), "payments.show", payment_id=back) if back else None),
        (_("Why"), payment.reason or (counter.reason if counter else None)),
    ]
    return papers.known(rows)


def shares(payment: Payment, amounts: Mapping[UUID, Decimal]) -> list[dict[str, Any]]:
    """For which invoices a payment is."""
    found = ledger.named(amounts)
    return [
        {
            "label": one.number,
            "name": one.name,
            "url": url_for("receivables.show", invoice_id=one.id),
            "amount": ui.money(amounts[one.id], payment.currency),
        }
        for one in found
    ]


def came_for(invoice: Invoice) -> list[dict[str, Any]]:
    """What was credited of an invoice and paid for it, as its page lists them."""
    notes = [
        {
            "label": _("Credit note %(number)s", number=one.number),
            "note": ui.day(one.issued_on),
            "url": url_for("credit_notes.show", note_id=one.id),
            "amount": ui.money(one.gross, one.currency),
        }
        for one in ledger.notes_of(invoice.id)
    ]
    paid = [
        {
            "label": _("Payment") if amount > 0 else _("Payment taken back"),
            "note": ui.day(one.paid_on),
            "url": url_for("payments.show", payment_id=one.id),
            "amount": ui.money(amount, one.currency),
        }
        for one, amount in ledger.shares_for(invoice.id)
    ]
    return notes + paid


def credit(found: list[Payment]) -> list[dict[str, Any]]:
    """What a customer has paid for nothing yet, as his page says it."""
    return [
        {
            "text": _("%(amount)s paid in advance", amount=ui.money(one.credit, one.currency)),
            "url": url_for("payments.show", payment_id=one.id),
        }
        for one in found
    ]


def note_letter(note: CreditNote, by: Member) -> str:
    """The words of the mail unless somebody writes his own, in the language of the note."""

    def words() -> str:
        return _("please find enclosed our credit note for the invoice %(number)s.", number=note.invoice.number)

    return papers.letter(note, by, words)


def told(note: CreditNote) -> Told:
    """What is printed on it, in the language of the moment."""
    full_day = ui.words().full_day
    facts = [
        (_("Number"), note.number),
        (_("Date"), full_day(note.issued_on)),
        (_("Invoice"), note.invoice.number),
        (_("Of"), full_day(note.invoice.issued_on) if note.invoice.issued_on else None),
        (_("Your number with us"), note.account.number),
        (_("Your tax number"), note.account.tax_number),
    ]
    why = _("Why: %(reason)s", reason=note.reason)
    taken = _("This takes back so much of the invoice %(number)s.", number=note.invoice.number)
    return Told(_("Credit note %(number)s", number=note.number), facts, [taken, why])


prints.add(
    prints.Printed(
        table=CreditNote.__tablename__,
        find=ledger.note,
        take=ledger.note_row,
        lines=ledger.note_lines,
        told=told,
        url=("credit_notes.show", "note_id"),
        view=Permission.INVOICE_VIEW,
        rule=lambda note: note.rule,
        sums=ledger.note_sums,
    )
)
