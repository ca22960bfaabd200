"""The list of invoices: columns, sorts, filters."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Date, bindparam, case

from saas import ui
from saas.crm.papers import lists as papers
from saas.crm.receivables.ageing_queries import BAND_WORDS, IS_OWED, Band, within
from saas.crm.receivables.models import STANDING_WORDS, Invoice, Standing
from saas.crm.receivables.queries import KIND
from saas.lists import Column, Filter, Listing
from saas.tenants.scope import today

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


INVOICES = Listing(
    Invoice,
    columns=(
        *papers.head(KIND, STANDING),
        papers.total(KIND),
        Column("owed", _l("Owed"), Invoice.owed, "money", sort=Invoice.owed),
        Column("issued", _l("Issued"), Invoice.issued_on, "day"),
        Column("due", _l("Due"), Invoice.due_on, "day", sort=Invoice.due_on),
        papers.written(KIND, shown=False),
    ),
    filters=(
        Filter("state", _l("State"), lambda: [(key.value, words) for key, (words, _where) in SHOWN.items()], _standing),
        papers.of_owner(Invoice),
        Filter("band", _l("Since it was due"), lambda: [(b.value, BAND_WORDS[b]) for b in Band], _band, pinned=False),
        Filter("currency", _l("Currency"), list, _currency, pinned=False),
        papers.of_customer(Invoice),
    ),
    always=(Invoice.currency, Invoice.account_id, Invoice.name, Invoice.issued_on),
    sort="-created",
)


def number_cell(number: str, row: Any) -> str:
    """Its number; of a draft that it is one."""
    return number or str(STANDING_WORDS[S.DRAFT])


def due_cell(day: Any, row: Any) -> Any:
    """When it is due; nothing of a draft."""
    return ui.day(day) if row.issued_on else ui.NONE
