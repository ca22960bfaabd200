"""The list of contracts: columns, sorts, filters."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, or_

from saas import ui
from saas.crm.contracts.models import EVERY_WORDS, LAST, RUNNING, Contract
from saas.crm.contracts.queries import KIND
from saas.crm.papers import lists as papers
from saas.lists import Column, Filter, Listing

PERIODS = {
    "running": _l("Running"),
    "30": _l("Ends within 30 days"),
    "60": _l("Ends within 60 days"),
    "90": _l("Ends within 90 days"),
    "open": _l("Without a last day"),
    "over": _l("Over"),
}


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


CONTRACTS = Listing(
    Contract,
    columns=(
        *papers.head(KIND, Contract.state),
        papers.total(KIND),
        Column("every", _l("Paid"), Contract.every, words=lambda value: EVERY_WORDS[value]),
        Column("starts", _l("First day"), Contract.starts_on, "day"),
        Column("ends", _l("Last day"), Contract.ends_on, "day", sort=LAST),
        papers.written(KIND, shown=False),
        Column("signed", _l("Signed on"), Contract.signed_on, "day", shown=False),
    ),
    filters=(
        Filter("period", _l("Period"), lambda: list(PERIODS.items()), _period),
        papers.of_state(KIND),
        papers.of_owner(Contract),
        papers.of_customer(Contract),
    ),
    always=(Contract.currency, Contract.account_id),
    sort="-created",
)
