"""Reads about orders."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from saas.crm.customers.models import Account
from saas.crm.orders.models import OPEN, SOLD, NoteLine, Order, OrderLine, OrderState
from saas.db import db
from saas.found import the_one
from saas.tenants import scope
from saas.tenants.permissions import Permission

VIEW = Permission.ORDER_VIEW
ACCOUNT_NAME = select(Account.name).where(Account.id == Order.account_id).correlate(Order).scalar_subquery()
NAMED = (Order.account, Order.contact, Order.owner, Order.opportunity, Order.quote, Order.contract)


def order(order_id: UUID, permission: Permission = VIEW) -> Order:
    """An order within the reader's reach, with what its page names.

    Raises:
        NotFound: there is none, or it is beyond his reach.
    """
    statement = select(Order).where(Order.id == order_id, scope.visible(Order, permission))
    return the_one(statement.options(*[joinedload(part) for part in NAMED]))


def order_row(order_id: UUID) -> Order:
    """An order, whoever asks: for work that nobody waits for.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(Order).where(Order.id == order_id).options(*[joinedload(part) for part in NAMED]))


def lock_order(order_id: UUID) -> Order:
    """An order that nobody else changes until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    wanted = select(Order).where(Order.id == order_id).with_for_update()
    return the_one(wanted.execution_options(populate_existing=True))


def of_quote(quote_id: UUID) -> Order | None:
    """The order that was made from a quote."""
    return db.session.scalars(select(Order).where(Order.quote_id == quote_id)).one_or_none()


def of_contract(contract_id: UUID, many: int) -> list[Order]:
    """The newest orders under a contract that the reader may see."""
    return _newest(Order.contract_id == contract_id, many)


def lines(order_id: UUID) -> list[OrderLine]:
    """Its lines in their order, with their products, as they are now."""
    statement = select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.position)
    wanted = statement.options(joinedload(OrderLine.product)).execution_options(populate_existing=True)
    return list(db.session.scalars(wanted))


def noted(line_ids: Collection[UUID]) -> set[UUID]:
    """Those of these lines that stand on a delivery note."""
    wanted = select(NoteLine.order_line_id).where(NoteLine.order_line_id.in_(line_ids))
    return set(db.session.scalars(wanted.distinct()))


def of_account(account_id: UUID, many: int) -> list[Order]:
    """The newest orders of a customer that the reader may see."""
    return _newest(Order.account_id == account_id, many)


def of_opportunity(opportunity_id: UUID, many: int) -> list[Order]:
    """The newest orders of a deal that the reader may see."""
    return _newest(Order.opportunity_id == opportunity_id, many)


def owned_by(member_id: UUID, *where: ColumnElement[bool]) -> list[Order]:
    """The orders of a member of which something is still to be done; those for which `where` holds."""
    mine = select(Order).where(*_under_way(member_id), *where).order_by(Order.id)
    return list(db.session.scalars(mine.options(joinedload(Order.owner))))


def count_owned(member_id: UUID) -> int:
    """How many orders of a member something is still to be done of."""
    return db.session.scalar(select(func.count()).select_from(Order).where(*_under_way(member_id))) or 0


def _under_way(member_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return Order.owner_id == member_id, Order.archived_at.is_(None), Order.state.in_((OrderState.DRAFT, *OPEN))


def are_all_cancelled(opportunity_id: UUID) -> bool:
    """True when a deal has orders, and none of them holds."""
    states = select(Order.state).where(Order.opportunity_id == opportunity_id, Order.archived_at.is_(None))
    found = set(db.session.scalars(states.distinct()))
    return found == {OrderState.CANCELLED}


def having_sold(account_ids: Collection[UUID]) -> set[UUID]:
    """Those of the customers of whom an order holds, whoever asks."""
    holding = (Order.account_id.in_(account_ids), Order.state.in_(SOLD))
    return set(db.session.scalars(select(Order.account_id).where(*holding).distinct()))


def listed() -> tuple[ColumnElement[bool], ...]:
    """The conditions of the list: within reach, and kept."""
    return (scope.visible(Order, VIEW), Order.archived_at.is_(None))


def to_deliver() -> tuple[ColumnElement[bool], ...]:
    """The conditions of what is still to be delivered."""
    return (*listed(), Order.state.in_(OPEN))


def sums(*where: Any) -> dict[str, Any]:
    """Currency → what the orders of a list come to."""
    rows = db.session.execute(select(Order.currency, func.sum(Order.gross)).where(*where).group_by(Order.currency))
    return {currency: amount for currency, amount in rows if amount}


def open_lines(order_ids: Collection[UUID]) -> dict[UUID, list[OrderLine]]:
    """Order → the lines of it that are not delivered in full."""
    wanted = select(OrderLine).where(OrderLine.order_id.in_(order_ids)).order_by(OrderLine.position)
    found: dict[UUID, list[OrderLine]] = {}
    for line in db.session.scalars(wanted.options(joinedload(OrderLine.product))):
        if line.open > 0:
            found.setdefault(line.order_id, []).append(line)
    return found


def _newest(condition: Any, many: int) -> list[Order]:
    statement = select(Order).where(condition, *listed()).order_by(Order.created_at.desc(), Order.id.desc())
    return list(db.session.scalars(statement.limit(many).options(joinedload(Order.owner))))
