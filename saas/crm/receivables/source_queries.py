"""Reads about the orders and contracts that invoices were made of."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select

from saas.crm.orders.models import Order
from saas.crm.receivables.models import CreditLine, Invoice, InvoiceLine
from saas.db import db

KEPT = Invoice.archived_at.is_(None)


def of_order(order_id: UUID) -> list[Invoice]:
    """The invoices of an order that weren't thrown away, drafts too, whoever asks; the oldest first."""
    wanted = select(Invoice).where(Invoice.order_id == order_id, KEPT).order_by(Invoice.created_at, Invoice.id)
    return list(db.session.scalars(wanted))


def billed(order_id: UUID) -> dict[UUID, Decimal]:
    """Line of an order → how much of it stands on invoices, less what was credited of them."""
    mine = (Invoice.id == InvoiceLine.invoice_id, Invoice.order_id == order_id, KEPT)
    line: Any = InvoiceLine.order_line_id
    found: dict[UUID, Decimal] = {}
    for sign, quantity, more in (
        (1, func.sum(InvoiceLine.quantity), ()),
        (-1, func.sum(CreditLine.quantity), (CreditLine.invoice_line_id == InvoiceLine.id,)),
    ):
        rows = select(line, quantity).where(*mine, *more, line.is_not(None)).group_by(line)
        for key, many in db.session.execute(rows):
            found[key] = found.get(key, Decimal(0)) + sign * many
    return found


def is_quote_billed_by_order(quote_id: UUID) -> bool:
    """True when the order that was made of a quote stands on an invoice."""
    made = (Invoice.order_id == Order.id, Order.quote_id == quote_id, KEPT)
    return db.session.scalar(select(exists().where(*made))) or False


def is_contract_billed(contract_id: UUID) -> bool:
    """True when something of a contract stands on an invoice."""
    return db.session.scalar(select(exists().where(Invoice.contract_id == contract_id, KEPT))) or False


def billed_until(contract_id: UUID) -> date | None:
    """The last day of a contract that stands on an invoice, drafts too."""
    return db.session.scalar(select(func.max(Invoice.period_until)).where(Invoice.contract_id == contract_id, KEPT))
