"""The list of invoices: columns, sorts, filters."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Date, bindparam, case

from saas import ui
from saas.crm.customers.lists import owned_by, owners
from saas.crm.receivables.ageing_queries import BAND_WORDS, IS_OWED, Band, within
from saas.crm.receivables.models import STANDING_LOOKS, STANDING_WORDS, Invoice, Standing
from saas.crm.receivables.queries import ACCOUNT_NAME, today
from saas.lists import Column, Filter, Listing

TODAY: Any = bindparam("the_day", callable_=today, type_=Date())
"""The workspace's day, in statements that are written before anybody reads."""

S = Standing
STANDING = case(
    (Invoice.issued_on.is_(None), S.DRAFT.value),
    ((Invoice.owed <= 0) & (Invoice.gross != 0) & (Invoice.credited == Invoice.gross), S.CREDITED.value),
    (Invoice.owed <= 0, S.PAID.value),
    (Invoice.due_on < TODAY, S.OVERDUE.value),
    (Invoice.owed < Invoice.gross, S.PART.value),
    else_=S.OPEN.value,
)
SHOWN = {
    S.OPEN: (_l("Open, overdue or not"), IS_OWED),
    S.OVERDUE: (STANDING_WORDS[S.OVERDUE], IS_OWED & (Invoice.due_on < TODAY)),
    S.PAID: (STANDING_WORDS[S.PAID], Invoice.issued_on.is_not(None) & (Invoice.owed <= 0)),
    S.DRAFT: (STANDING_WORDS[S.DRAFT], Invoice.issued_on.is_(None)),
}


def _standing(value: str) -> ColumnElement[bool] | None:
    return SHOWN[S(value)][1] if value in {one.value for one in SHOWN} else None


def _band(value: str) -> ColumnElement[bool] | None:
    return IS_OWED & within(Band(value)) if value in set(Band) else None


def _currency(value: str) -> ColumnElement[bool] | None:
    return Invoice.currency == value if len(value) == 3 else None


def _customer(value: str) -> ColumnElement[bool] | None:
    try:
        return Invoice.account_id == UUID(value)
    except ValueError:
        return None


INVOICES = Listing(
    Invoice,
    columns=(
        Column("number", _l("Number"), Invoice.number, "name", sort=Invoice.number),
        Column("name", _l("What it is about"), Invoice.name),
        Column("account", _l("Customer"), ACCOUNT_NAME),
        Column(
            "state",
            _l("State"),
            STANDING,
            "badge",
            words=lambda value: (STANDING_WORDS.get(value, value), STANDING_LOOKS.get(value, "neutral")),
        ),
        Column("gross", _l("Total"), Invoice.gross, "money", sort=Invoice.gross),
        Column("owed", _l("Owed"), Invoice.owed, "money", sort=Invoice.owed),
        Column("issued", _l("Issued"), Invoice.issued_on, "day"),
        Column("due", _l("Due"), Invoice.due_on, "day", sort=Invoice.due_on),
        Column("created", _l("Written"), Invoice.created_at, "moment", sort=Invoice.created_at, shown=False),
    ),
    filters=(
        Filter("state", _l("State"), lambda: [(key.value, words) for key, (words, _where) in SHOWN.items()], _standing),
        Filter("owner", _l("Looked after by"), owners, owned_by(Invoice)),
        Filter("band", _l("Since it was due"), lambda: [(b.value, BAND_WORDS[b]) for b in Band], _band, pinned=False),
        Filter("currency", _l("Currency"), list, _currency, pinned=False),
        Filter("customer", _l("Customer"), list, _customer, pinned=False),
    ),
    always=(Invoice.currency, Invoice.account_id, Invoice.name, Invoice.issued_on),
    sort="-created",
)


def amount_cell(amount: Any, row: Any) -> str:
    """An amount of an invoice, in its currency."""
    return ui.money(amount, row.currency)


def number_cell(number: str, row: Any) -> str:
    """Its number; of a draft that it is one."""
    return number or str(STANDING_WORDS[S.DRAFT])


def due_cell(day: Any, row: Any) -> Any:
    """When it is due; nothing of a draft."""
    return ui.day(day) if row.issued_on else ui.NONE
