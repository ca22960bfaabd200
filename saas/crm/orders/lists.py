"""The lists of orders: all of them, and what is still to be delivered."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from saas.crm.orders.models import SOURCE_WORDS, Order
from saas.crm.orders.queries import KIND
from saas.crm.papers import lists as papers
from saas.lists import Column, Listing

NUMBER, NAME, CUSTOMER, STATE = papers.head(KIND, Order.state)
OF_OWNER, OF_CUSTOMER = papers.of_owner(Order), papers.of_customer(Order)
ALWAYS = (Order.currency, Order.account_id, Order.edition)

ORDERS = Listing(
    Order,
    columns=(
        NUMBER,
        NAME,
        CUSTOMER,
        STATE,
        papers.total(KIND),
        Column("due", _l("Wanted on"), Order.due_on, "day"),
        papers.written(KIND),
        Column("source", _l("How it came in"), Order.source, words=lambda value: SOURCE_WORDS[value], shown=False),
        Column("reference", _l("The customer's number"), Order.reference, shown=False),
        Column("confirmed", _l("Confirmed"), Order.confirmed_at, "moment", shown=False),
    ),
    filters=(
        papers.of_state(KIND),
        OF_OWNER,
        papers.of_word("source", _l("How it came in"), Order.source, SOURCE_WORDS, pinned=False),
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


def number_cell(number: str, row: Any) -> str:
    """Its number, with the edition of its confirmation where it was changed."""
    return number if row.edition < 2 else f"{number}/{row.edition}"
