"""The lists of orders: all of them, and what is still to be delivered."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement

from saas import ui
from saas.crm.customers.lists import owned_by, owners
from saas.crm.orders.models import (
    SOURCE_WORDS,
    STATE_LOOKS,
    STATE_WORDS,
    Order,
    OrderSource,
    OrderState,
)
from saas.crm.orders.queries import ACCOUNT_NAME
from saas.lists import Column, Filter, Listing


def _state(value: str) -> ColumnElement[bool] | None:
    return Order.state == OrderState(value) if value in set(OrderState) else None


def _source(value: str) -> ColumnElement[bool] | None:
    return Order.source == OrderSource(value) if value in set(OrderSource) else None


def _customer(value: str) -> ColumnElement[bool] | None:
    try:
        return Order.account_id == UUID(value)
    except ValueError:
        return None


NUMBER = Column("number", _l("Number"), Order.number, "name", sort=Order.number)
NAME = Column("name", _l("What it is about"), Order.name)
CUSTOMER = Column("account", _l("Customer"), ACCOUNT_NAME)
STATE = Column(
    "state",
    _l("State"),
    Order.state,
    "badge",
    words=lambda value: (STATE_WORDS.get(value, value), STATE_LOOKS.get(value, "neutral")),
)
OF_OWNER = Filter("owner", _l("Looked after by"), owners, owned_by(Order))
OF_CUSTOMER = Filter("customer", _l("Customer"), list, _customer, pinned=False)
ALWAYS = (Order.currency, Order.account_id, Order.edition)

ORDERS = Listing(
    Order,
    columns=(
        NUMBER,
        NAME,
        CUSTOMER,
        STATE,
        Column("gross", _l("Total"), Order.gross, "money", sort=Order.gross),
        Column("due", _l("Wanted on"), Order.due_on, "day"),
        Column("created", _l("Written"), Order.created_at, "moment", sort=Order.created_at),
        Column("source", _l("How it came in"), Order.source, words=lambda value: SOURCE_WORDS[value], shown=False),
        Column("reference", _l("The customer's number"), Order.reference, shown=False),
        Column("confirmed", _l("Confirmed"), Order.confirmed_at, "moment", shown=False),
    ),
    filters=(
        Filter("state", _l("State"), lambda: [(s.value, STATE_WORDS[s]) for s in OrderState], _state),
        OF_OWNER,
        Filter(
            "source",
            _l("How it came in"),
            lambda: [(s.value, SOURCE_WORDS[s]) for s in OrderSource],
            _source,
            pinned=False,
        ),
        OF_CUSTOMER,
    ),
    always=ALWAYS,
    sort="-created",
)
TO_DELIVER = Listing(
    Order,
    columns=(
        Column("due", _l("Wanted on"), Order.due_on, "day", sort=Order.due_on),
        NUMBER,
        CUSTOMER,
        Column("open", _l("To deliver"), Order.id),
        STATE,
    ),
    filters=(OF_OWNER, OF_CUSTOMER),
    always=ALWAYS,
    sort="due",
)


def total_cell(amount: Any, row: Any) -> str:
    """What an order comes to, in its currency."""
    return ui.money(amount, row.currency)


def number_cell(number: str, row: Any) -> str:
    """Its number, with the edition of its confirmation where it was changed."""
    return number if row.edition < 2 else f"{number}/{row.edition}"
