"""Reads about invoices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from saas import clock
from saas.crm.customers.models import Account
from saas.crm.receivables.models import Invoice, InvoiceLine, PaymentTerms
from saas.db import db
from saas.found import the_one
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.permissions import Permission

VIEW = Permission.INVOICE_VIEW
ACCOUNT_NAME = select(Account.name).where(Account.id == Invoice.account_id).correlate(Invoice).scalar_subquery()
NAMED = (Invoice.account, Invoice.contact, Invoice.owner, Invoice.quote)
TERMS = "receivables.terms"
USUAL_DAYS = 30


def today() -> date:
    """The day on the workspace's calendar."""
    return clock.local(clock.now(), scope.workspace().timezone).date()


def invoice(invoice_id: UUID, permission: Permission = VIEW) -> Invoice:
    """An invoice within the reader's reach, with what its page names.

    Raises:
        NotFound: there is none, or it is beyond his reach.
    """
    statement = select(Invoice).where(Invoice.id == invoice_id, scope.visible(Invoice, permission))
    return the_one(statement.options(*[joinedload(part) for part in NAMED]))


def invoice_row(invoice_id: UUID) -> Invoice:
    """An invoice, whoever asks: for work that nobody waits for.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(Invoice).where(Invoice.id == invoice_id).options(*[joinedload(part) for part in NAMED]))


def lock_invoice(invoice_id: UUID) -> Invoice:
    """An invoice that nobody else changes until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    statement = select(Invoice).where(Invoice.id == invoice_id).with_for_update()
    return the_one(statement.execution_options(populate_existing=True))


def of_quote(quote_id: UUID) -> Invoice | None:
    """The invoice that was made from a quote; None where there is none, or it was thrown away."""
    statement = select(Invoice).where(Invoice.quote_id == quote_id, Invoice.archived_at.is_(None))
    return db.session.scalars(statement).one_or_none()


def lines(invoice_id: UUID) -> list[InvoiceLine]:
    """Its lines in their order, with their products."""
    statement = select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id).order_by(InvoiceLine.position)
    return list(db.session.scalars(statement.options(joinedload(InvoiceLine.product))))


def listed() -> tuple[ColumnElement[bool], ...]:
    """The conditions of the list: within reach and kept."""
    return (scope.visible(Invoice, VIEW), Invoice.archived_at.is_(None))


def of_account(account_id: UUID, many: int) -> list[Invoice]:
    """The newest invoices to a customer that the reader may see."""
    statement = select(Invoice).where(Invoice.account_id == account_id, *listed())
    return list(db.session.scalars(statement.order_by(Invoice.created_at.desc(), Invoice.id.desc()).limit(many)))


def sums(*where: Any) -> dict[str, tuple[Decimal, Decimal]]:
    """Currency → what the invoices of a list come to, and what is owed of it."""
    found = select(Invoice.currency, func.sum(Invoice.gross), func.sum(Invoice.owed)).where(*where)
    return {currency: (gross, owed) for currency, gross, owed in db.session.execute(found.group_by(Invoice.currency))}


@dataclass(frozen=True)
class Owed:
    """What a customer owes in one currency: all of it, what is late, and since when the oldest is."""

    currency: str
    whole: Decimal
    late: Decimal
    late_since: date | None


def owed_by(account_id: UUID, on: date) -> list[Owed]:
    """What a customer owes on a day, a row per currency, among the invoices that the reader may see."""
    late = Invoice.due_on < on
    found = select(
        Invoice.currency,
        func.sum(Invoice.owed),
        func.coalesce(func.sum(Invoice.owed).filter(late), 0),
        func.min(Invoice.due_on).filter(late),
    ).where(Invoice.account_id == account_id, Invoice.issued_on.is_not(None), Invoice.owed != 0, *listed())
    rows = db.session.execute(found.group_by(Invoice.currency).order_by(Invoice.currency))
    return [Owed(*row) for row in rows]


def late_since(first: date, on: date, many: int = 1000) -> list[Invoice]:
    """Invoices whose day passed between two days, the second not included, and on which something is owed."""
    wanted = (Invoice.due_on >= first, Invoice.due_on < on, Invoice.owed > 0, Invoice.archived_at.is_(None))
    statement = select(Invoice).where(*wanted, Invoice.issued_on.is_not(None)).order_by(Invoice.due_on, Invoice.id)
    return list(
        db.session.scalars(statement.limit(many).options(joinedload(Invoice.account), joinedload(Invoice.owner)))
    )


def usual_days() -> int:
    """How many days the workspace gives everybody to pay."""
    kept: Any = tenants.setting(TERMS, {"days": USUAL_DAYS})["days"]
    return int(kept)


def terms(account_id: UUID) -> PaymentTerms | None:
    """A customer's own terms; None where he has the usual ones."""
    return db.session.scalars(select(PaymentTerms).where(PaymentTerms.account_id == account_id)).one_or_none()


def days_of(account_id: UUID | None) -> int:
    """How many days a customer has to pay."""
    own = terms(account_id) if account_id else None
    return own.days if own else usual_days()
