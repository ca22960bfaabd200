"""The list of purchases: columns, sorts, filters."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import ColumnElement

from saas.crm.customers import queries as customers
from saas.crm.papers import lists as papers
from saas.crm.purchases.models import OPEN, STATE_WORDS, Purchase, State
from saas.crm.purchases.queries import KIND, OWNER_NAME
from saas.lists import Column, Filter, Listing

TO_COME = "open"


def _state(value: str) -> ColumnElement[bool] | None:
    if value == TO_COME:
        return Purchase.state.in_(OPEN)
    return Purchase.state == State(value) if value in set(State) else None


def _supplier(value: str) -> ColumnElement[bool] | None:
    found = customers.account_typed(value)
    return Purchase.account_id == found.id if found else None


def _supplier_name(value: str) -> str | None:
    found = customers.account_typed(value)
    return found.name if found else None


PURCHASES = Listing(
    Purchase,
    columns=(
        Column("number", _l("Purchase"), Purchase.number, "name", sort=Purchase.number),
        Column("supplier", _l("Supplier"), KIND.account_name),
        papers.state(KIND, Purchase.state),
        Column("expected", lazy_pgettext("purchase", "Expected on"), Purchase.expected_on, "day"),
        Column("net", lazy_pgettext("purchase", "Without tax"), Purchase.net, "money"),
        Column("owner", _l("Looked after by"), OWNER_NAME),
        Column("reference", _l("Supplier's number"), Purchase.reference, shown=False),
        Column("ordered", _l("Ordered at"), Purchase.ordered_at, "moment", shown=False),
        Column("created", _l("Added"), Purchase.created_at, "moment", sort=Purchase.created_at),
    ),
    filters=(
        Filter(
            "state",
            _l("State"),
            lambda: [(TO_COME, _l("To come")), *((one.value, STATE_WORDS[one]) for one in State)],
            _state,
        ),
        papers.of_owner(Purchase),
        Filter(
            "supplier",
            _l("Supplier"),
            list,
            _supplier,
            pinned=False,
            hint=_l("Name or number"),
            says=_supplier_name,
        ),
    ),
    sort="-created",
    always=(Purchase.currency,),
)
