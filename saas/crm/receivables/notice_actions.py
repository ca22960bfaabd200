"""Who hears of invoices: the customer by mail, whoever looks after one when it gets overdue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from saas import mail, ui
from saas.crm.papers import prints
from saas.crm.papers.notice_actions import mail_with_pdf
from saas.crm.receivables import queries
from saas.crm.receivables import settlement_queries as ledger
from saas.crm.receivables.models import CreditNote, Invoice
from saas.tenants import notices, scope
from saas.tenants.models import Event, MemberStatus
from saas.tenants.permissions import Permission
from saas.tenants.scope import today

OVERDUE = "invoice.overdue"
LOOKED_BACK = timedelta(days=7)  # so that a night on which nothing ran is made up for


def mail_invoice(event: Event) -> Iterator[None]:
    """Mail an invoice with its PDF to whom the event says; the caller commits at each yield.

    Raises:
        NotReady: this machine can't make PDFs yet.
        MailError: the server didn't take it.
    """
    yield from _mail(event, queries.invoice_row, _invoice_letter)


def mail_credit_note(event: Event) -> Iterator[None]:
    """Mail a credit note with its PDF to whom the event says; the caller commits at each yield.

    Raises:
        NotReady: this machine can't make PDFs yet.
        MailError: the server didn't take it.
    """
    yield from _mail(event, ledger.note_row, _note_letter)


def tell_overdue() -> int:
    """Tell whoever looks after an invoice that its day has passed, once for each; returns how many are late of late."""
    day = today()
    found = queries.late_since(day - LOOKED_BACK, day)
    for invoice in found:
        if invoice.owner is not None and invoice.owner.status is MemberStatus.ACTIVE:
            about = {"number": invoice.number, "customer": invoice.account.name}
            about |= {"owed": str(invoice.owed), "currency": invoice.currency}
            url = f"/{scope.workspace().slug}/invoices/{invoice.id}"
            notices.tell(invoice.owner, OVERDUE, f"{OVERDUE}:{invoice.id}", url, **about)
    return len(found)


@notices.sentence(
    OVERDUE,
    "alert-triangle",
    _l("An invoice of yours is overdue"),
    notices.Topic.CUSTOMERS,
    right=Permission.INVOICE_VIEW,
)
def _overdue(number: str, customer: str, owed: str, currency: str) -> str:
    amount = ui.money(Decimal(owed), currency)
    return _("%(customer)s is late with %(amount)s on %(number)s", customer=customer, amount=amount, number=number)


def _mail(event: Event, row: Callable[[UUID], Any], letter: Callable[[Any, str], mail.Words]) -> Iterator[None]:
    paper = row(event.subject_id)
    if paper.print_id is None:
        return
    to, words = str(event.changed["to"]), str(event.changed.get("words", ""))
    message_id = f"{paper.__tablename__}-{event.id}"
    yield from mail_with_pdf(paper.print_id, lambda: (to, letter(row(event.subject_id), words)), message_id)


def _invoice_letter(invoice: Invoice, words: str) -> mail.Words:
    with prints.in_language(invoice.language):
        day, total = ui.words().full_day(invoice.due_on), ui.money(invoice.gross, invoice.currency)
    return _written("invoice", invoice, words, day=day, total=total)


def _note_letter(note: CreditNote, words: str) -> mail.Words:
    with prints.in_language(note.language):
        total = ui.money(note.gross, note.currency)
    return _written("credit_note", note, words, total=total, invoice=note.invoice.number)


def _written(name: str, paper: Any, words: str, **more: Any) -> mail.Words:
    company = scope.workspace().name
    about = {"number": paper.number, "what": paper.name, "words": words, "company": company, "from_name": company}
    return mail.written(name, paper.language, **about, **more)
