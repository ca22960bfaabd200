"""Reads of what stock an order wants, has and lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from saas.crm.inventory import queries as stock
from saas.crm.inventory import rules
from saas.crm.inventory.models import NOTHING, MovementKind, PlanKind, StockLevel, StockMovement
from saas.crm.inventory.reservation_actions import Lack
from saas.crm.orders.models import OPEN, DeliveryNote, Order, OrderLine
from saas.db import db

Wanted = dict[UUID, Decimal]  # product → how much


def paper(record: Order | DeliveryNote) -> tuple[str, UUID]:
    """How stock knows an order or a note: its table and id."""
    return record.__tablename__, record.id


def wanted(lines: Iterable[OrderLine]) -> Wanted:
    """What is still to be delivered of products that are counted in warehouses."""
    found: Wanted = {}
    for line in lines:
        if line.product is not None and line.product.is_stocked and line.open > 0:
            found[line.product.id] = found.get(line.product.id, NOTHING) + line.open
    return found


def reserved(order: Order) -> Wanted:
    """What an order has reserved."""
    found: Wanted = {}
    for plan in stock.plans_of(paper(order), PlanKind.RESERVED):
        found[plan.product_id] = found.get(plan.product_id, NOTHING) + plan.quantity
    return found


def lacking(lines: Sequence[OrderLine]) -> list[Lack]:
    """What of a draft isn't there as things stand; nothing where the workspace sells below zero."""
    asked = wanted(lines)
    if not asked or rules.may_sell_below_zero():
        return []
    free = dict.fromkeys(asked, NOTHING)
    levels = select(StockLevel).where(StockLevel.product_id.in_(asked), StockLevel.warehouse_id.is_not(None))
    for level in db.session.scalars(levels):
        free[level.product_id] += max(level.available, NOTHING)
    products = {line.product.id: line.product for line in lines if line.product is not None}
    return [Lack(products[one], many, free[one]) for one, many in asked.items() if many > free[one]]


def is_available(product_id: UUID) -> bool:
    """True where something of a product lies somewhere and is promised to nobody."""
    places = select(StockLevel).where(StockLevel.product_id == product_id, StockLevel.warehouse_id.is_not(None))
    return any(level.available > 0 for level in db.session.scalars(places.execution_options(populate_existing=True)))


def wanting(product_id: UUID) -> list[UUID]:
    """The open orders that have still to deliver a product, those promised first on top."""
    lines = select(OrderLine.order_id).where(
        OrderLine.product_id == product_id, OrderLine.quantity > OrderLine.delivered
    )
    wanted = select(Order.id).where(Order.id.in_(lines), Order.state.in_(OPEN), Order.archived_at.is_(None))
    return list(db.session.scalars(wanted.order_by(Order.due_on, Order.confirmed_at, Order.id)))


def moved_by(note: DeliveryNote) -> list[StockMovement]:
    """The movements of a note, as they were written."""
    kind, note_id = paper(note)
    mine = (StockMovement.for_kind == kind, StockMovement.for_id == note_id)
    return list(db.session.scalars(select(StockMovement).where(*mine).order_by(StockMovement.id)))


def left_from(order: Order, product_id: UUID) -> UUID | None:
    """The warehouse from which the last of a product left for an order; None where none has."""
    notes = select(DeliveryNote.id).where(DeliveryNote.order_id == order.id)
    out = (StockMovement.for_id.in_(notes), StockMovement.kind == MovementKind.DELIVERY)
    last = select(StockMovement.warehouse_id).where(StockMovement.product_id == product_id, *out)
    return db.session.scalars(last.order_by(StockMovement.id.desc()).limit(1)).first()
