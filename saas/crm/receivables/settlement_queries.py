"""Reads about credit notes and payments."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from saas.crm.customers.models import Account
from saas.crm.receivables import credits
from saas.crm.receivables.credits import Taken
from saas.crm.receivables.models import CreditLine, CreditNote, Invoice, InvoiceLine, Payment, PaymentShare
from saas.crm.receivables.queries import KIND, lines
from saas.db import db
from saas.found import the_one
from saas.tenants import scope
from saas.tenants.permissions import Permission

ZERO = Decimal(0)
NOTE_PARTS = (CreditNote.account, CreditNote.contact, CreditNote.owner, CreditNote.invoice)


def lock_ledger(account_id: UUID) -> None:
    """Let nobody else move what this customer owes until the transaction ends: no two verbs wait for each other."""
    db.session.execute(select(Account.id).where(Account.id == account_id).with_for_update(key_share=True))


def invoices(ids: Any) -> dict[UUID, Invoice]:
    """Invoices as they are now, by id; the ledger is locked."""
    statement = select(Invoice).where(Invoice.id.in_(list(ids))).with_for_update()
    found = db.session.scalars(statement.order_by(Invoice.id).execution_options(populate_existing=True))
    return {one.id: one for one in found}


def open_invoices(account_id: UUID, currency: str) -> list[Invoice]:
    """On what a customer owes anything, what is due first on top, among the invoices that the reader may see."""
    wanted = (Invoice.account_id == account_id, Invoice.currency == currency)
    is_owed = (Invoice.issued_on.is_not(None), Invoice.owed > 0, Invoice.archived_at.is_(None))
    statement = select(Invoice).where(*wanted, *is_owed, scope.visible(Invoice, KIND.view))
    return list(db.session.scalars(statement.order_by(Invoice.due_on, Invoice.number)))


# ── credit notes ────────────────────────────────────────────────────────────────────────────────────────────────────


def note(note_id: UUID) -> CreditNote:
    """A credit note within the reader's reach.

    Raises:
        NotFound: there is none, or it is beyond his reach.
    """
    statement = select(CreditNote).where(CreditNote.id == note_id, scope.visible(CreditNote, KIND.view))
    return the_one(statement.options(*[joinedload(part) for part in NOTE_PARTS]))


def note_row(note_id: UUID) -> CreditNote:
    """A credit note, whoever asks: for work that nobody waits for.

    Raises:
        NotFound: there is none.
    """
    return the_one(
        select(CreditNote).where(CreditNote.id == note_id).options(*[joinedload(part) for part in NOTE_PARTS])
    )


def note_lines(note_id: UUID) -> list[CreditLine]:
    """Its lines in their order, with their products."""
    statement = select(CreditLine).where(CreditLine.credit_note_id == note_id).order_by(CreditLine.position)
    return list(db.session.scalars(statement.options(joinedload(CreditLine.product))))


def notes_of(invoice_id: UUID) -> list[CreditNote]:
    """The credit notes of an invoice, the first first."""
    statement = select(CreditNote).where(CreditNote.invoice_id == invoice_id)
    return list(db.session.scalars(statement.order_by(CreditNote.turn)))


def credited(invoice_id: UUID, before: int | None = None) -> dict[UUID, Decimal]:
    """Line of an invoice → how much of its quantity was taken back, by notes before the given turn."""
    statement = (
        select(CreditLine.invoice_line_id, func.sum(CreditLine.quantity))
        .join(CreditNote, CreditNote.id == CreditLine.credit_note_id)
        .where(CreditNote.invoice_id == invoice_id)
    )
    if before is not None:
        statement = statement.where(CreditNote.turn < before)
    return _pairs(statement.group_by(CreditLine.invoice_line_id))


def taken(billed: list[InvoiceLine], before: dict[UUID, Decimal], now: dict[UUID, Decimal]) -> list[Taken]:
    """What was taken back of the lines of an invoice, and what more is."""
    return [Taken(one.priced, before.get(one.id, ZERO), now.get(one.id, ZERO)) for one in billed if one.counts]


def note_sums(of: CreditNote, its_lines: list[CreditLine], rule: Any) -> Any:
    """What a credit note comes to, rate by rate."""
    now = {line.invoice_line_id: line.quantity for line in its_lines}
    return credits.note_sums(taken(lines(of.invoice_id), credited(of.invoice_id, of.turn), now), of.currency, rule)


# ── payments ────────────────────────────────────────────────────────────────────────────────────────────────────────


def within_reach(permission: Permission = KIND.view) -> ColumnElement[bool]:
    """Payments of the customers that the reader reaches with a right."""
    return Payment.account_id.in_(select(Account.id).where(scope.visible(Account, permission)))


def payment(payment_id: UUID) -> Payment:
    """A payment of a customer within the reader's reach.

    Raises:
        NotFound: there is none, or it is beyond his reach.
    """
    statement = select(Payment).where(Payment.id == payment_id, within_reach())
    return the_one(statement.options(joinedload(Payment.account), joinedload(Payment.member)))


def lock_payment(payment_id: UUID) -> Payment:
    """A payment that nobody else changes until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    statement = select(Payment).where(Payment.id == payment_id).with_for_update()
    return the_one(statement.execution_options(populate_existing=True))


def counter_entry(payment_id: UUID) -> Payment | None:
    """What took a payment back; None while nothing has."""
    return db.session.scalars(select(Payment).where(Payment.reverses_id == payment_id)).one_or_none()


def shares_of(payment_id: UUID) -> dict[UUID, Decimal]:
    """Invoice → how much of a payment is for it now; no zeros."""
    statement = select(PaymentShare.invoice_id, func.sum(PaymentShare.amount))
    rows = db.session.execute(statement.where(PaymentShare.payment_id == payment_id).group_by(PaymentShare.invoice_id))
    return {key: amount for key, amount in rows if amount}


def shares_for(invoice_id: UUID) -> list[tuple[Payment, Decimal]]:
    """The payments that are for an invoice now, and how much of each; the latest day first."""
    total = func.sum(PaymentShare.amount)
    statement = (
        select(PaymentShare.payment_id, total)
        .where(PaymentShare.invoice_id == invoice_id)
        .group_by(PaymentShare.payment_id)
        .having(total != 0)
    )
    amounts = _pairs(statement)
    if not amounts:
        return []
    found = select(Payment).where(Payment.id.in_(list(amounts))).order_by(Payment.paid_on.desc(), Payment.id.desc())
    return [(one, amounts[one.id]) for one in db.session.scalars(found)]


def free_of(account_id: UUID) -> list[Payment]:
    """Payments of a customer of which something isn't for an invoice yet, the oldest first."""
    statement = select(Payment).where(
        Payment.account_id == account_id, Payment.free != 0, Payment.taken_back_at.is_(None), within_reach()
    )
    wanted = statement.where(Payment.reverses_id.is_(None)).order_by(Payment.paid_on, Payment.id)
    return list(db.session.scalars(wanted))


def paid_for(invoice_id: UUID) -> Decimal:
    """What came for an invoice, all in all."""
    return db.session.scalar(select(func.sum(PaymentShare.amount)).where(PaymentShare.invoice_id == invoice_id)) or ZERO


def credited_for(invoice_id: UUID) -> Decimal:
    """What was taken back of an invoice, all in all."""
    return db.session.scalar(select(func.sum(CreditNote.gross)).where(CreditNote.invoice_id == invoice_id)) or ZERO


def named(ids: Any) -> list[Invoice]:
    """Invoices by their ids, what is due first on top."""
    return list(
        db.session.scalars(select(Invoice).where(Invoice.id.in_(list(ids))).order_by(Invoice.due_on, Invoice.id))
    )


def _pairs(statement: Any) -> dict[UUID, Decimal]:
    """The first column of each row → its second."""
    rows: list[Any] = list(db.session.execute(statement))
    return dict(rows)
