"""Which customers are to be reminded of what they are late with, and what was written to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from saas.crm.customers.models import Account, Channel
from saas.crm.receivables.models import Invoice
from saas.crm.receivables.reminder_models import PaymentReminder, ReminderLine
from saas.db import db
from saas.found import the_one
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.permissions import Permission
from saas.tenants.scope import today

VIEW = Permission.INVOICE_VIEW
STEPS = "receivables.reminders"
USUAL = {"days": [7, 21, 35], "within": 7, "by_itself": False}
MOST = 100  # customers that are reminded in one go


@dataclass(frozen=True)
class Steps:
    """How customers are reminded.

    days: after an invoice was due, one figure a step, rising.
    within: days that a letter gives to pay.
    by_itself: a worker sends what is due each morning.
    """

    days: tuple[int, ...]
    within: int
    by_itself: bool


@dataclass(frozen=True)
class Due:
    """One customer who is to be reminded in one currency, of all that he is late with."""

    account: Account
    currency: str
    invoices: Sequence[Invoice]  # the oldest first

    @property
    def owed(self) -> Decimal:
        """What they come to."""
        return sum((one.owed for one in self.invoices), Decimal(0))

    @property
    def key(self) -> str:
        """What stands for it in a form."""
        return f"{self.account.id}:{self.currency}"


def steps() -> Steps:
    """How the workspace reminds."""
    kept: Any = tenants.setting(STEPS, USUAL)
    return Steps(tuple(kept["days"]), int(kept["within"]), bool(kept["by_itself"]))


def next_step(invoice: Invoice, how: Steps, on: date) -> int:
    """The step that an invoice comes to on a day, from 1; 0 where none is due."""
    waits = invoice.reminded_until is not None and invoice.reminded_until >= on
    if waits or invoice.reminded >= len(how.days) or invoice.disputed_at is not None:
        return 0
    return invoice.reminded + 1 if (on - invoice.due_on).days >= how.days[invoice.reminded] else 0


def due(how: Steps, *where: ColumnElement[bool], many: int = MOST) -> list[Due]:
    """Whom to remind today, who has owed longest first.

    Args:
        how: the workspace's steps.
        where: what narrows the invoices, such as the reader's reach.
        many: customers at most.
    """
    if not how.days:
        return []
    first = (
        select(Invoice.account_id, Invoice.currency)
        .where(_comes_to_a_step(Invoice, how), *where)
        .group_by(Invoice.account_id, Invoice.currency)
        .order_by(func.min(Invoice.due_on), Invoice.account_id)
        .limit(many)
        .subquery()
    )
    of_them = (Invoice.account_id == first.c.account_id) & (Invoice.currency == first.c.currency)
    found = db.session.scalars(
        select(Invoice)
        .join(first, of_them)
        .where(_is_late(Invoice), *where)
        .order_by(Invoice.account_id, Invoice.currency, Invoice.due_on, Invoice.id)
        .options(joinedload(Invoice.account), joinedload(Invoice.contact))
    )
    rows = [
        Due(mine[0].account, key[1], mine)
        for key, group in groupby(found, lambda one: (one.account_id, one.currency))
        if (mine := list(group))
    ]
    return sorted(rows, key=lambda row: (row.invoices[0].due_on, str(row.account.id)))


def address(newest: Invoice) -> str:
    """Where a reminder of it is mailed: where the invoice went, else to its contact or the customer; "" if nowhere, as
    where its contact wants no mails."""
    contact = newest.contact
    if contact is not None and contact.refuses(Channel.MAIL):
        return ""
    return newest.sent_to or (contact.email if contact else None) or newest.account.email or ""


def lock_late(account_id: UUID, currency: str, *where: ColumnElement[bool]) -> list[Invoice]:
    """What a customer is late with now, held until the transaction ends; the oldest first."""
    wanted = (Invoice.account_id == account_id, Invoice.currency == currency, _is_late(Invoice), *where)
    statement = select(Invoice).where(*wanted).order_by(Invoice.due_on, Invoice.id).with_for_update()
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def reminder(reminder_id: UUID) -> PaymentReminder:
    """A letter within the reader's reach.

    Raises:
        NotFound: there is none, or it is beyond his reach.
    """
    return _one(PaymentReminder.id == reminder_id, scope.visible(PaymentReminder, VIEW))


def reminder_row(reminder_id: UUID) -> PaymentReminder:
    """A letter, whoever asks: for work that nobody waits for.

    Raises:
        NotFound: there is none.
    """
    return _one(PaymentReminder.id == reminder_id)


def lines(reminder_id: UUID) -> list[ReminderLine]:
    """The invoices of a letter, in its order."""
    statement = select(ReminderLine).where(ReminderLine.reminder_id == reminder_id).order_by(ReminderLine.position)
    return list(db.session.scalars(statement.options(joinedload(ReminderLine.invoice))))


def latest(many: int, *where: ColumnElement[bool]) -> list[PaymentReminder]:
    """The newest letters that the reader may see."""
    statement = select(PaymentReminder).where(scope.visible(PaymentReminder, VIEW), *where)
    newest = statement.order_by(PaymentReminder.created_at.desc(), PaymentReminder.id.desc()).limit(many)
    return list(db.session.scalars(newest.options(joinedload(PaymentReminder.account))))


def about(invoice_id: UUID) -> list[PaymentReminder]:
    """The letters that named an invoice, the newest first."""
    line = aliased(ReminderLine)
    names = exists().where(line.reminder_id == PaymentReminder.id, line.invoice_id == invoice_id)
    return latest(50, names)


def _one(*where: ColumnElement[bool]) -> PaymentReminder:
    statement = select(PaymentReminder).where(*where)
    return the_one(statement.options(joinedload(PaymentReminder.account), joinedload(PaymentReminder.contact)))


def _is_late(of: Any) -> ColumnElement[bool]:
    return and_(
        of.issued_on.is_not(None), of.owed > 0, of.disputed_at.is_(None), of.archived_at.is_(None), of.due_on < today()
    )


def _comes_to_a_step(of: Any, how: Steps) -> ColumnElement[bool]:
    """What `next_step` says of an invoice, as a condition."""
    day = today()
    reached = or_(
        *[(of.reminded == done) & (of.due_on <= day - timedelta(days=after)) for done, after in enumerate(how.days)]
    )
    waits_no_more = or_(of.reminded_until.is_(None), of.reminded_until < day)
    return and_(_is_late(of), reached, waits_no_more)
