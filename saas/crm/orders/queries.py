"""Reads about orders."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from saas.crm.orders.models import (
    OPEN,
    SOLD,
    STATE_ICONS,
    STATE_LOOKS,
    STATE_WORDS,
    NoteLine,
    Order,
    OrderLine,
    OrderState,
)
from saas.crm.papers.kinds import Kind
from saas.db import db
from saas.tenants.permissions import Permission

P = Permission
KIND = Kind(
    Order,
    OrderLine,
    home="orders",
    key="order_id",
    view=P.ORDER_VIEW,
    edit=P.ORDER_EDIT,
    named=(Order.account, Order.contact, Order.owner, Order.opportunity, Order.quote, Order.contract),
    words=STATE_WORDS,
    looks=STATE_LOOKS,
    icons=STATE_ICONS,
    label=_l("Orders"),
    new=_l("New order"),
    none=_l("No orders so far."),
    counted="order",
)
order, order_row, lock_order, lines = KIND.find, KIND.row, KIND.lock, KIND.lines


def of_quote(quote_id: UUID) -> Order | None:
    """The order that was made from a quote."""
    return db.session.scalars(select(Order).where(Order.quote_id == quote_id)).one_or_none()


def of_contract(contract_id: UUID, many: int) -> list[Order]:
    """The newest orders under a contract that the reader may see."""
    return KIND.newest(Order.contract_id == contract_id, many)


def noted(line_ids: Collection[UUID]) -> set[UUID]:
    """Those of these lines that stand on a delivery note."""
    wanted = select(NoteLine.order_line_id).where(NoteLine.order_line_id.in_(line_ids))
    return set(db.session.scalars(wanted.distinct()))


def are_all_cancelled(opportunity_id: UUID) -> bool:
    """True when a deal has orders, and none of them holds."""
    states = select(Order.state).where(Order.opportunity_id == opportunity_id, Order.archived_at.is_(None))
    found = set(db.session.scalars(states.distinct()))
    return found == {OrderState.CANCELLED}


def having_sold(account_ids: Collection[UUID]) -> set[UUID]:
    """Those of the customers of whom an order holds, whoever asks."""
    holding = (Order.account_id.in_(account_ids), Order.state.in_(SOLD))
    return set(db.session.scalars(select(Order.account_id).where(*holding).distinct()))


def to_deliver() -> tuple[ColumnElement[bool], ...]:
    """The conditions of what is still to be delivered."""
    return (*KIND.listed(), Order.state.in_(OPEN))


def open_lines(order_ids: Collection[UUID]) -> dict[UUID, list[OrderLine]]:
    """Order → the lines of it that are not delivered in full."""
    wanted = select(OrderLine).where(OrderLine.order_id.in_(order_ids)).order_by(OrderLine.position)
    found: dict[UUID, list[OrderLine]] = {}
    for line in db.session.scalars(wanted.options(joinedload(OrderLine.product))):
        if line.open > 0:
            found.setdefault(line.order_id, []).append(line)
    return found
