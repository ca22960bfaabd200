"""The list of what was sold: columns, sorts, filters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import ColumnElement, select

from saas import ui
from saas.crm.customers.lists import owned_by, owners
from saas.crm.customers.models import Account
from saas.crm.orders.models import Order, OrderLine
from saas.lists import Column, Filter, Listing
from saas.tenants.models import Member
from saas.tenants.scope import today


def _of_order(column: Any) -> Any:
    return select(column).where(Order.id == OrderLine.order_id).correlate(OrderLine).scalar_subquery()


def _of_account(column: Any) -> Any:
    found = select(column).where(Account.id == _of_order(Order.account_id))
    return found.correlate(OrderLine).scalar_subquery()


def _of_owner(column: Any) -> Any:
    return select(column).where(Member.id == _of_order(Order.owner_id)).correlate(OrderLine).scalar_subquery()


def _within(*where: Any) -> ColumnElement[bool]:
    return OrderLine.order_id.in_(select(Order.id).where(*where))


def _owned(value: str) -> ColumnElement[bool] | None:
    condition = owned_by(Order)(value)
    return None if condition is None else _within(condition)


def _customer(value: str) -> ColumnElement[bool] | None:
    try:
        return _within(Order.account_id == UUID(value))
    except ValueError:
        return None


def _product(value: str) -> ColumnElement[bool] | None:
    try:
        return OrderLine.product_id == UUID(value)
    except ValueError:
        return None


PERIODS = {
    "month": _l("This month"),
    "last-month": _l("Last month"),
    "year": _l("This year"),
    "last-year": _l("Last year"),
}


def period(value: str, now: date) -> tuple[date, date] | None:
    """The first and the last day of a period, or of a month that is written "2026-05"; None of what is none."""
    month, year = now.replace(day=1), now.replace(month=1, day=1)
    known = {
        "month": (month, now),
        "last-month": ((month - timedelta(days=1)).replace(day=1), month - timedelta(days=1)),
        "year": (year, now),
        "last-year": (year.replace(year=year.year - 1), year - timedelta(days=1)),
    }
    if value in known:
        return known[value]
    try:
        first = date.fromisoformat(f"{value}-01")
    except ValueError:
        return None
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _sold(value: str) -> ColumnElement[bool] | None:
    found = period(value, today())
    return OrderLine.sold_on.between(*found) if found else None


def _month_word(value: str) -> Any:
    found = period(value, today())
    return ui.month(found[0]) if found else None


def _periods() -> Sequence[tuple[str, Any]]:
    return list(PERIODS.items())


SALES = Listing(
    OrderLine,
    columns=(
        Column("sold", lazy_pgettext("sale", "Sold"), OrderLine.sold_on, "day", sort=OrderLine.sold_on),
        Column("order", lazy_pgettext("sale", "Order"), _of_order(Order.number), "name"),
        Column("account", _l("Customer"), _of_account(Account.name)),
        Column("text", _l("What it is"), OrderLine.text),
        Column("quantity", _l("Quantity"), OrderLine.quantity, "number"),
        Column("net", lazy_pgettext("sum", "Without tax"), OrderLine.net, "money"),
        Column("owner", _l("Looked after by"), _of_owner(Member.name)),
        Column("delivered", _l("Delivered"), OrderLine.delivered, "number", shown=False),
        Column("returned", _l("Came back"), OrderLine.returned, "number", shown=False),
    ),
    filters=(
        Filter("period", lazy_pgettext("sale", "Sold"), _periods, _sold, says=_month_word),
        Filter("owner", _l("Looked after by"), owners, _owned),
        Filter("customer", _l("Customer"), list, _customer, pinned=False, says=lambda value: _l("this one")),
        Filter("product", _l("Product"), list, _product, pinned=False, says=lambda value: _l("this one")),
    ),
    always=(
        OrderLine.order_id,
        OrderLine.unit,
        _of_order(Order.currency).label("currency"),
        _of_order(Order.account_id).label("account_id"),
    ),
    sort="-sold",
)


def net_cell(amount: Any, row: Any) -> str:
    """What a line comes to, in the currency of its order."""
    return ui.money(amount, row.currency)


def quantity_cell(quantity: Any, row: Any) -> str:
    """How much, in its unit."""
    return f"{ui.exact(quantity)} {row.unit or ''}".strip()
