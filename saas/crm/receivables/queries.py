"""Reads about invoices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from saas.crm.papers.kinds import Kind
from saas.crm.receivables.models import (
    STANDING_ICONS,
    STANDING_LOOKS,
    STANDING_WORDS,
    Invoice,
    InvoiceLine,
    PaymentTerms,
)
from saas.db import db
from saas.tenants import queries as tenants
from saas.tenants.permissions import Permission
from saas.tenants.scope import today

P = Permission
KIND = Kind(
    Invoice,
    InvoiceLine,
    home="receivables",
    key="invoice_id",
    view=P.INVOICE_VIEW,
    edit=P.INVOICE_EDIT,
    named=(Invoice.account, Invoice.contact, Invoice.owner, Invoice.quote, Invoice.order, Invoice.contract),
    words=STANDING_WORDS,
    looks=STANDING_LOOKS,
    icons=STANDING_ICONS,
    standing=lambda invoice: invoice.standing(today()),
    label=_l("Receivables"),
    new=_l("New invoice"),
    none=_l("Nothing is owed."),
)
invoice, invoice_row, lock_invoice, lines = KIND.find, KIND.row, KIND.lock, KIND.lines
TERMS = "receivables.terms"
USUAL_DAYS = 30


def of_quote(quote_id: UUID) -> Invoice | None:
    """The invoice that was made from a quote; None where there is none, or it was thrown away."""
    statement = select(Invoice).where(Invoice.quote_id == quote_id, Invoice.archived_at.is_(None))
    return db.session.scalars(statement).one_or_none()


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
    ).where(Invoice.account_id == account_id, Invoice.issued_on.is_not(None), Invoice.owed != 0, *KIND.listed())
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
