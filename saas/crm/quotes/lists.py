"""The list of quotes: columns, sorts, filters."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement

from saas import ui
from saas.crm.customers.lists import owned_by, owners
from saas.crm.quotes.models import STATE_LOOKS, STATE_WORDS, Quote, QuoteState
from saas.crm.quotes.queries import ACCOUNT_NAME
from saas.lists import Column, Filter, Listing


def _state(value: str) -> ColumnElement[bool] | None:
    return Quote.state == QuoteState(value) if value in set(QuoteState) else None


def _customer(value: str) -> ColumnElement[bool] | None:
    try:
        return Quote.account_id == UUID(value)
    except ValueError:
        return None


QUOTES = Listing(
    Quote,
    columns=(
        Column("number", _l("Number"), Quote.number, "name", sort=Quote.number),
        Column("name", _l("What it is about"), Quote.name),
        Column("account", _l("Customer"), ACCOUNT_NAME),
        Column(
            "state",
            _l("State"),
            Quote.state,
            "badge",
            words=lambda value: (STATE_WORDS.get(value, value), STATE_LOOKS.get(value, "neutral")),
        ),
        Column("gross", _l("Total"), Quote.gross, "money", sort=Quote.gross),
        Column("valid", _l("Good until"), Quote.valid_until, "day", sort=Quote.valid_until),
        Column("created", _l("Written"), Quote.created_at, "moment", sort=Quote.created_at),
        Column("sent", _l("Sent"), Quote.sent_at, "moment", shown=False),
        Column("answered", _l("Answered"), Quote.answered_at, "moment", shown=False),
    ),
    filters=(
        Filter("state", _l("State"), lambda: [(s.value, STATE_WORDS[s]) for s in QuoteState], _state),
        Filter("owner", _l("Looked after by"), owners, owned_by(Quote)),
        Filter("customer", _l("Customer"), list, _customer, pinned=False),
    ),
    always=(Quote.currency, Quote.account_id, Quote.edition, Quote.state, Quote.valid_until),
    sort="-created",
)


def total_cell(amount: Any, row: Any) -> str:
    """What a quote comes to, in its currency."""
    return ui.money(amount, row.currency)


def number_cell(number: str, row: Any) -> str:
    """Its number, with the version where there is more than one."""
    return number if row.edition == 1 else f"{number}/{row.edition}"
