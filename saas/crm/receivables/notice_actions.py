"""Mailing invoices."""

from __future__ import annotations

from collections.abc import Iterator

from saas import mail, ui
from saas.crm.papers import print_actions, prints
from saas.crm.receivables import queries
from saas.crm.receivables.models import Invoice
from saas.db import db
from saas.tenants import scope
from saas.tenants.models import Event


def mail_invoice(event: Event) -> Iterator[None]:
    """Mail an invoice with its PDF to whom the event says. The caller commits at each yield, so that no transaction
    waits for a child or the mail server.

    Raises:
        NotReady: this machine can't make PDFs yet.
        MailError: the server didn't take it.
    """
    invoice = queries.invoice_row(event.subject_id)
    to, message_id, print_id = str(event.changed["to"]), f"invoice-{event.id}", invoice.print_id
    if print_id is None:
        return
    yield from print_actions.make(print_id)
    yield
    invoice = queries.invoice_row(event.subject_id)
    enclosed = print_actions.enclosed(print_id)
    words, company = _letter(invoice, str(event.changed.get("words", ""))), scope.workspace().name
    db.session.commit()
    mail.send(to, words, message_id=message_id, sender=company, enclosed=enclosed)


def _letter(invoice: Invoice, words: str) -> mail.Words:
    company = scope.workspace().name
    with prints.in_language(invoice.language):
        day, total = ui.words().full_day(invoice.due_on), ui.money(invoice.gross, invoice.currency)
    return mail.written(
        "invoice",
        invoice.language,
        number=invoice.number,
        what=invoice.name,
        words=words,
        day=day,
        total=total,
        company=company,
        from_name=company,
    )
