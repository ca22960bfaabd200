"""What a customer was billed, credited and paid in a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from saas.crm.receivables.models import AccountStatement, CreditNote, Invoice, Payment
from saas.crm.receivables.queries import KIND
from saas.db import db
from saas.found import the_one
from saas.tenants import scope

ZERO = Decimal(0)


class EntryKind(StrEnum):
    """What moved the balance."""

    INVOICE = "invoice"
    CREDIT = "credit"
    PAYMENT = "payment"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True)
class Entry:
    """One line: its day, what it is, its number or what was written with it, its amount, and what is owed after it."""

    day: date
    kind: EntryKind
    label: str
    amount: Decimal  # below 0 where it lowers what is owed
    balance: Decimal


@dataclass(frozen=True)
class Period:
    """The whole: what was owed before the period, its entries by day, what is owed at its end."""

    before: Decimal
    entries: list[Entry]
    after: Decimal


def statement(statement_id: UUID) -> AccountStatement:
    """One that was printed, within the reader's reach.

    Raises:
        NotFound: there is none, or it is beyond his reach.
    """
    wanted = (AccountStatement.id == statement_id, scope.visible(AccountStatement, KIND.view))
    return the_one(select(AccountStatement).where(*wanted).options(joinedload(AccountStatement.account)))


def statement_row(statement_id: UUID) -> AccountStatement:
    """One that was printed, whoever asks: for work that nobody waits for.

    Raises:
        NotFound: there is none.
    """
    found = select(AccountStatement).where(AccountStatement.id == statement_id)
    return the_one(found.options(joinedload(AccountStatement.account)))


def currencies(account_id: UUID) -> list[str]:
    """In which a customer was billed or has paid."""
    billed = select(Invoice.currency).where(Invoice.account_id == account_id, Invoice.issued_on.is_not(None))
    paid = select(Payment.currency).where(Payment.account_id == account_id)
    return sorted({*db.session.scalars(billed.distinct()), *db.session.scalars(paid.distinct())})


def period(account_id: UUID, currency: str, first_on: date, last_on: date) -> Period:
    """What happened in a period, both days included.

    Args:
        account_id: of the customer.
        currency: ISO 4217; what was in others is left out.
        first_on, last_on: on the workspace's calendar.
    """
    sources = _sources(account_id, currency)
    before = sum((_sum(amount, day < first_on, *where) for day, _label, amount, where in sources), ZERO)
    rows: list[tuple[date, int, str, Decimal]] = []
    for order, (day, label, amount, where) in enumerate(sources):
        found = select(day, label, amount).where(day >= first_on, day <= last_on, *where)
        rows += [(row[0], order, row[1] or "", row[2]) for row in db.session.execute(found)]
    entries, balance = [], before
    for on, order, text, moved in sorted(rows):
        balance += moved
        entries.append(Entry(on, _kind(order, moved), text, moved, balance))
    return Period(before, entries, balance)


def _sources(account_id: UUID, currency: str) -> list[tuple[Any, Any, Any, tuple[Any, ...]]]:
    """Day, label, amount and conditions of what moves the balance, in the order of one day."""
    return [
        (
            Invoice.issued_on,
            Invoice.number,
            Invoice.gross,
            (Invoice.account_id == account_id, Invoice.currency == currency, Invoice.issued_on.is_not(None)),
        ),
        (
            CreditNote.issued_on,
            CreditNote.number,
            -CreditNote.gross,
            (CreditNote.account_id == account_id, CreditNote.currency == currency),
        ),
        (
            Payment.paid_on,
            Payment.reference,
            -Payment.amount,
            (Payment.account_id == account_id, Payment.currency == currency),
        ),
    ]


def _sum(amount: Any, *where: Any) -> Decimal:
    return db.session.scalar(select(func.sum(amount)).where(*where)) or ZERO


def _kind(order: int, moved: Decimal) -> EntryKind:
    if order < 2:
        return EntryKind.INVOICE if order == 0 else EntryKind.CREDIT
    return EntryKind.PAYMENT if moved < 0 else EntryKind.TAKEN_BACK
