"""What was sold: the lines of confirmed orders, as a list and added up by customer, colleague or month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_, cast, func, select
from sqlalchemy.orm import joinedload

from saas.crm.customers.models import Account
from saas.crm.orders.models import Order, OrderLine
from saas.crm.orders.queries import KIND
from saas.db import db
from saas.tenants import scope
from saas.tenants.models import Member

GROUPS = ("customer", "rep", "month")
MOST = 500  # groups shown
MONTH = cast(func.date_trunc("month", OrderLine.sold_on), Date)


def listed() -> tuple[ColumnElement[bool], ...]:
    """The conditions of what was sold: of orders within reach that hold."""
    visible = select(Order.id).where(scope.visible(Order, KIND.view))
    return (OrderLine.sold_on.is_not(None), OrderLine.order_id.in_(visible))


def sums(*where: ColumnElement[bool]) -> dict[str, Decimal]:
    """Currency → what these lines come to without tax."""
    rows = select(Order.currency, func.sum(OrderLine.net)).join(OrderLine.order).where(*where).group_by(Order.currency)
    return {row[0]: row[1] for row in db.session.execute(rows)}


class Group(NamedTuple):
    """What was sold to one customer, by one colleague or in one month, in one currency.

    key: id or first day of the month; None where nobody looks after it.
    orders: how many.
    net: without tax.
    """

    key: UUID | date | None
    name: str | None
    currency: str
    orders: int
    net: Decimal


def grouped(by: str, *where: ColumnElement[bool]) -> list[Group]:
    """The groups of these lines, those that brought most first; months the newest first.

    Raises:
        ValueError: `by` is none of GROUPS.
    """
    key, name = _keys(by)
    orders, net = func.count(OrderLine.order_id.distinct()), func.sum(OrderLine.net)
    statement = select(key, name, Order.currency, orders, net).select_from(OrderLine).join(OrderLine.order)
    if by == "customer":
        statement = statement.join(Order.account)
    elif by == "rep":
        same = and_(Member.tenant_id == Order.tenant_id, Member.id == Order.owner_id)
        statement = statement.outerjoin(Member, same)
    statement = statement.where(*where).group_by(key, name, Order.currency).limit(MOST)
    statement = statement.order_by(key.desc()) if by == "month" else statement.order_by(net.desc(), key)
    return [Group(*row) for row in db.session.execute(statement)]


def _keys(by: str) -> tuple[Any, Any]:
    found: dict[str, tuple[Any, Any]] = {
        "customer": (Order.account_id, Account.name),
        "rep": (Order.owner_id, Member.name),
        "month": (MONTH, func.to_char(MONTH, "YYYY-MM")),
    }
    if by not in found:
        raise ValueError(by)
    return found[by]


def of_account(account_id: UUID, many: int) -> list[OrderLine]:
    """The last lines sold to a customer, as far as the reader may see their orders."""
    mine = OrderLine.order_id.in_(select(Order.id).where(Order.account_id == account_id))
    statement = select(OrderLine).where(*listed(), mine).order_by(OrderLine.sold_on.desc(), OrderLine.id.desc())
    return list(db.session.scalars(statement.options(joinedload(OrderLine.order)).limit(many)))


def sums_of_account(account_id: UUID) -> dict[str, Decimal]:
    """Currency → what a customer has bought, as far as the reader may see."""
    return sums(*listed(), OrderLine.order_id.in_(select(Order.id).where(Order.account_id == account_id)))


def lines(*where: ColumnElement[bool], page: int = 500) -> Iterator[OrderLine]:
    """These lines one after another, the oldest first, with all that a file says of them."""
    named = joinedload(OrderLine.order)
    whole = (named.joinedload(Order.account), named.joinedload(Order.owner), joinedload(OrderLine.product))
    order = (OrderLine.sold_on, OrderLine.id)
    last: OrderLine | None = None
    while True:
        statement = select(OrderLine).where(*where).order_by(*order).limit(page).options(*whole)
        if last is not None:
            later = and_(OrderLine.sold_on == last.sold_on, OrderLine.id > last.id)
            statement = statement.where((OrderLine.sold_on > last.sold_on) | later)
        found = list(db.session.scalars(statement))
        yield from found
        if len(found) < page:
            return
        last = found[-1]
