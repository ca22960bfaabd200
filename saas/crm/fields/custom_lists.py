"""A workspace's own fields as columns and filters of a list.

A filter looks records up by their terms, so that a rare value costs no walk past a million rows. They are sorted by
their terms too, which the same index holds in order: texts, figures and days. Choices and names have no order there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache, partial
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Date, Numeric, exists, false
from sqlalchemy.orm import aliased

from saas import ui
from saas.crm.fields import custom_queries as queries
from saas.crm.fields.custom_models import CHOSEN, FIGURES, FILLED, NAMED, CustomTerm, Definition, FieldKind
from saas.crm.fields.custom_values import LONGEST_TERM, between
from saas.crm.fields.custom_words import chips, said
from saas.lists import Beside, Column, Filter
from saas.search import fold
from saas.tenants import queries as tenants
from saas.tenants import scope

ME = "me"
SORTED = FIGURES | {FieldKind.TEXT, FieldKind.DATE}  # kinds whose terms sort as values do, one to a record
LAST = "\U0010ffff"  # sorts after whatever a text begins with
HINTS = {
    FieldKind.TEXT: _l("Begins with"),
    FieldKind.NUMBER: _l("From..to, such as 10..20"),
    FieldKind.MONEY: _l("From..to, such as 10..20"),
    FieldKind.DATE: _l("A day, a month or from..to, such as 2026-01..2026-03"),
    FieldKind.ACCOUNT: _l("Name or number"),
}
AHEAD = 7  # days that "soon" reaches
PERIODS = {"past": _l("In the past"), "today": _l("Today"), "soon": _l("In the next 7 days"), "month": _l("This month")}


def columns(key: str) -> tuple[Column, ...]:
    """The columns of the fields of records of a kind, none of them shown without being chosen."""
    model = queries.subject(key).model
    return tuple(column(model, one) for one in queries.fields_of(key))


def filters(key: str) -> tuple[Filter, ...]:
    """The filters by the fields of records of a kind."""
    model = queries.subject(key).model
    return tuple(_filter(model, one) for one in queries.fields_of(key))


@lru_cache(maxsize=1024)
def column(model: Any, field: Definition) -> Column:
    """The column of a field: one and the same while the field stays as it is, so that its statement is kept."""
    shown = partial(Column, field.column, field.title, shown=False)
    if field.kind in SORTED:
        shown = partial(shown, **_sorting(model, field))
    value = model.custom[field.key]
    if field.kind in NAMED:
        return shown(queries.name_of(field, model))
    if field.kind is FieldKind.NUMBER:
        return shown(value.astext.cast(Numeric), "number")
    if field.kind is FieldKind.MONEY:
        return shown(value.astext.cast(Numeric), "money", words=partial(said, field))
    if field.kind is FieldKind.DATE:
        return shown(value.astext.cast(Date), "day")
    if field.kind in CHOSEN:
        return shown(value, "badge" if field.kind is FieldKind.CHOICE else "tags", words=partial(chips, field))
    return shown(value)


def _sorting(model: Any, field: Definition) -> dict[str, Any]:
    """By what the column of a field is sorted: its terms, apart from those that filters look at."""
    term, none = aliased(CustomTerm), aliased(CustomTerm)
    mine = (term.field_id == field.id, term.record_id == model.id)
    lacking = ~exists().where(none.field_id == field.id, none.record_id == model.id).correlate(model)
    return {"sort": term.term, "beside": Beside(term.record_id, mine, lacking)}


def _filter(model: Any, field: Definition) -> Filter:
    choices, where = partial(_choices, field), partial(_where, model, field)
    hint = HINTS.get(field.kind)
    return Filter(field.column, field.title, choices, where, False, hint, partial(_says, field) if hint else None)


def _says(field: Definition, typed: str) -> str:
    """What somebody typed, in words; of what means nothing, which finds nothing, just that."""
    if field.kind is FieldKind.ACCOUNT and (found := queries.target(field.kind).find(typed)) is not None:
        return str(found.name)
    if _terms(field, typed) is not None:
        return typed.strip()
    return _("“%(typed)s”, which means nothing here", typed=typed.strip())


def _choices(field: Definition) -> Sequence[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    if field.kind in CHOSEN:
        found = [(one.key, one.label) for one in sorted(field.choices, key=lambda one: one.is_retired)]
    elif field.kind is FieldKind.PERSON:
        found = [(ME, _l("Me")), *((str(key), name) for key, name in tenants.member_names())]
    elif field.kind is FieldKind.DATE:
        found = list(PERIODS.items())
    return [*found, (FILLED, _l("Filled in"))]


def _where(model: Any, field: Definition, value: str) -> ColumnElement[bool] | None:
    """The condition of a filter; None where the value is none of its choices, and false where it was typed in vain."""
    terms = _terms(field, value)
    if terms is None:
        return false() if field.kind in HINTS else None
    found: ColumnElement[bool] = model.id.in_(queries.having(field, *terms))
    return found


def _terms(field: Definition, value: str) -> tuple[ColumnElement[bool], ...] | None:
    if value == FILLED:
        return ()
    if field.kind is FieldKind.DATE and value in PERIODS:
        return _within(value, ui.words().today)
    if field.kind in FIGURES | {FieldKind.DATE}:
        sides = between(field, value)
        return _from_to(*sides) if sides is not None else None
    if field.kind is FieldKind.TEXT:
        start = fold(value)[:LONGEST_TERM]
        return _from_to(start, start + LAST)
    if field.kind is FieldKind.ACCOUNT:
        found = queries.target(field.kind).find(value)
        return (CustomTerm.term == str(found.id),) if found is not None else None
    if field.kind is FieldKind.PERSON and value == ME:
        value = str(scope.me().id)
    return (CustomTerm.term == value,) if field.kind in CHOSEN | {FieldKind.PERSON} else None


def _from_to(first: str | None, last: str | None) -> tuple[ColumnElement[bool], ...]:
    low = () if first is None else (CustomTerm.term >= first,)
    return low if last is None else (*low, CustomTerm.term <= last)


def _within(period: str, today: date) -> tuple[ColumnElement[bool], ...]:
    """The terms of the days in a period."""
    first, last = today, today
    if period == "past":
        return _from_to(None, (today - timedelta(days=1)).isoformat())
    if period == "soon":
        last = today + timedelta(days=AHEAD)
    elif period == "month":
        first = today.replace(day=1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return _from_to(first.isoformat(), last.isoformat())
