"""The list of contracts: columns, sorts, filters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, or_

from saas import ui
from saas.crm.contracts.models import EVERY_WORDS, LAST, RUNNING, STATE_LOOKS, STATE_WORDS, Contract, ContractState
from saas.crm.contracts.queries import ACCOUNT_NAME
from saas.crm.customers.lists import owned_by, owners
from saas.lists import Column, Filter, Listing

PERIODS = {
    "running": _l("Running"),
    "30": _l("Ends within 30 days"),
    "60": _l("Ends within 60 days"),
    "90": _l("Ends within 90 days"),
    "open": _l("Without a last day"),
    "over": _l("Over"),
}


def _state(value: str) -> ColumnElement[bool] | None:
    return Contract.state == ContractState(value) if value in set(ContractState) else None


def _period(value: str) -> ColumnElement[bool] | None:
    """By today's date, whatever the night has made of it so far."""
    day = ui.words().today
    runs = Contract.state.in_(RUNNING)
    goes_on = or_(Contract.ends_on.is_(None), Contract.ends_on >= day)
    found: dict[str, ColumnElement[bool]] = {
        "running": runs & (Contract.starts_on <= day) & goes_on,
        "open": runs & Contract.ends_on.is_(None),
        "over": Contract.signed_on.is_not(None) & (~runs | (Contract.ends_on < day)),
    }
    if value in ("30", "60", "90"):
        return runs & Contract.ends_on.between(day, day + timedelta(days=int(value)))
    return found.get(value)


def _customer(value: str) -> ColumnElement[bool] | None:
    try:
        return Contract.account_id == UUID(value)
    except ValueError:
        return None


CONTRACTS = Listing(
    Contract,
    columns=(
        Column("number", _l("Number"), Contract.number, "name", sort=Contract.number),
        Column("name", _l("What it is about"), Contract.name),
        Column("account", _l("Customer"), ACCOUNT_NAME),
        Column(
            "state",
            _l("State"),
            Contract.state,
            "badge",
            words=lambda value: (STATE_WORDS.get(value, value), STATE_LOOKS.get(value, "neutral")),
        ),
        Column("gross", _l("Total"), Contract.gross, "money", sort=Contract.gross),
        Column("every", _l("Paid"), Contract.every, words=lambda value: EVERY_WORDS[value]),
        Column("starts", _l("First day"), Contract.starts_on, "day"),
        Column("ends", _l("Last day"), Contract.ends_on, "day", sort=LAST),
        Column("created", _l("Written"), Contract.created_at, "moment", sort=Contract.created_at, shown=False),
        Column("signed", _l("Signed on"), Contract.signed_on, "day", shown=False),
    ),
    filters=(
        Filter("period", _l("Period"), lambda: list(PERIODS.items()), _period),
        Filter("state", _l("State"), lambda: [(s.value, STATE_WORDS[s]) for s in ContractState], _state),
        Filter("owner", _l("Looked after by"), owners, owned_by(Contract)),
        Filter("customer", _l("Customer"), list, _customer, pinned=False),
    ),
    always=(Contract.currency, Contract.account_id),
    sort="-created",
)


def total_cell(amount: Any, row: Any) -> str:
    """What a contract comes to, in its currency."""
    return ui.money(amount, row.currency)
