"""A list page: which columns, sorted how, filtered by what, and the next page by key, all from the address.

Pages follow each other by the last row's sort value and id (keyset), so the hundredth costs what the first did. A sort
column needs an index `(tenant_id, column, id)`; where it may be empty, `empty` stands in for NULL in index and sort.
What some rows have in a table of its own is sorted by that table's index (`Beside`); rows without it come last.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, literal, select, tuple_
from werkzeug.datastructures import MultiDict

from saas.db import db
from saas.statements import Statement, rows, written_once

SIZE = 50  # rows a page
LACKING = "~"  # before the cursor among rows that lack what is sorted by
MOST = 10_000  # counted exactly up to here, then "10,000+"


@dataclass(frozen=True, eq=False)
class Beside:
    """Where what a column is sorted by lies in a table of its own, with one row there for each that has it.

    key: the id of the list's row there; an index ends in (what is sorted by, key).
    where: which of its rows are meant, and how they belong to the list's.
    lacking: the condition for rows that have none.
    """

    key: Any
    where: tuple[ColumnElement[bool], ...]
    lacking: ColumnElement[bool]


@dataclass(frozen=True, eq=False)
class Column:
    """One column that a list can show."""

    key: str
    label: Any  # lazy text
    value: Any  # what is selected
    kind: str = "text"  # text, number, money, day, moment, member, badge, phone, mail, tags
    sort: Any = None  # what it is sorted by, never NULL; None: not sortable
    shown: bool = True  # without being chosen
    words: Callable[[Any], Any] | None = None  # value → its word for the reader
    field: str | None = None  # the sensitive field it shows, for roles kept from it
    beside: Beside | None = None  # where `sort` lies in another table

    @property
    def number(self) -> bool:
        """True when it is set to the right."""
        return self.kind in {"number", "money"}

    @property
    def stays(self) -> bool:
        """True when it has no name to be left out by, such as the one with the row's buttons."""
        return isinstance(self.label, str) and not self.label


@dataclass(frozen=True, eq=False)
class Filter:
    """One question a list can be narrowed by; its value stands in the address under `key`."""

    key: str
    label: Any
    choices: Callable[[], Sequence[tuple[str, Any]]]  # (value, word)
    where: Callable[[str], ColumnElement[bool] | None]  # None: the value means nothing
    pinned: bool = True  # shown as a pill before it is used
    hint: Any = None  # how to type a value that is none of the choices; None: there are no others
    says: Callable[[str], Any] | None = None  # such a value in words; None: it means nothing


@dataclass
class Page:
    """What one page of a list shows."""

    rows: list[Any]
    columns: list[Column]
    all_columns: list[Column]
    sort: str
    filters: list[dict[str, Any]]
    next: str | None  # the cursor of the next page
    wheres: list[ColumnElement[bool]] = field(default_factory=list)

    @property
    def is_filtered(self) -> bool:
        """True when a filter is on."""
        return any(f["active"] for f in self.filters)


@dataclass(frozen=True, eq=False)
class Listing:
    """How a list of one model works."""

    model: Any
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    sort: str = "name"  # as in the address: "name" up, "-name" down
    always: tuple[Any, ...] = ()  # selected whatever columns are shown
    own_columns: Callable[[], tuple[Column, ...]] = tuple  # further ones that the workspace has made
    own_filters: Callable[[], tuple[Filter, ...]] = tuple

    def page(
        self, asked: MultiDict[str, str], *where: ColumnElement[bool], hidden: frozenset[str] = frozenset()
    ) -> Page:
        """One page, in one statement; in two where the rows end that have what is sorted by.

        Args:
            asked: the address's arguments: sort, columns, after, and the filters' keys.
            where: conditions that always hold, the reader's reach among them.
            hidden: sensitive fields that the reader's role is kept from.
        """
        allowed = [c for c in (*self.columns, *self.own_columns()) if c.field is None or c.field not in hidden]
        columns = self._chosen(asked.get("columns", ""), allowed)
        sort, column, down = self._sorting(asked.get("sort", ""), allowed)
        narrowed, cursor = self.conditions(asked), asked.get("after", "")
        shown: list[Any] = []
        following: str | None = None
        if not cursor.startswith(LACKING):
            shown, following = self._rows(columns, (column, down), cursor, where, narrowed)
        if column.beside is not None and following is None:
            usual = self._sorting("", allowed)[1:]
            more, following = self._rows(
                columns, usual, cursor.removeprefix(LACKING), (*where, column.beside.lacking), narrowed
            )
            shown, following = shown + more, following and LACKING + following
        return Page(shown, columns, allowed, sort, self.shown_filters(asked), following, [*where, *narrowed])

    def _rows(
        self,
        columns: list[Column],
        sorting: tuple[Column, bool],
        cursor: str,
        where: tuple[ColumnElement[bool], ...],
        narrowed: list[ColumnElement[bool]],
    ) -> tuple[list[Any], str | None]:
        """The rows behind a cursor, and the cursor to go on from; `sorting`: by which column, and whether downwards."""
        column, down = sorting
        after = _decode(cursor)
        if after is not None and not isinstance(after[0], column.sort.type.python_type):
            after = None  # the cursor of another column
        place = {"after_value": after[0], "after_id": after[1]} if after is not None else {}
        found = rows(_page, (self, tuple(columns), column, down, after is not None, *where), narrowed, **place)
        shown = list(found[:SIZE])
        return shown, _encode(shown[-1].sort_value, shown[-1].id) if len(found) > SIZE else None

    def ids(self, asked: MultiDict[str, str], *where: ColumnElement[bool]) -> Select[Any]:
        """The ids of everything that the filters leave, for a batch over all of it."""
        return select(self.model.id).where(*where, *self.conditions(asked))

    def cell(self, key: str, record_id: UUID) -> tuple[Column, Any]:
        """A column, and its value in one row.

        Raises:
            KeyError: the list has no such column.
        """
        column = {c.key: c for c in self.columns}[key]
        found = select(
            self.model.id.label("id"), *[a.label(a.key) for a in self.always], column.value.label(f"c_{key}")
        )
        return column, db.session.execute(found.where(self.model.id == record_id)).one()

    def count(self, asked: MultiDict[str, str], *where: ColumnElement[bool]) -> int:
        """How many rows the filters leave, counted up to one more than MOST."""
        inner = select(literal(1)).select_from(self.model).where(*where, *self.conditions(asked)).limit(MOST + 1)
        return db.session.scalar(select(func.count()).select_from(inner.subquery())) or 0

    def conditions(self, asked: MultiDict[str, str]) -> list[ColumnElement[bool]]:
        """What the filters in the address ask for."""
        found = [f.where(asked[f.key]) for f in self.all_filters() if asked.get(f.key)]
        return [condition for condition in found if condition is not None]

    def all_filters(self) -> tuple[Filter, ...]:
        """What the list can be narrowed by: ours, then the workspace's own."""
        return (*self.filters, *self.own_filters())

    def _chosen(self, keys: str, allowed: list[Column]) -> list[Column]:
        wanted = [k for k in keys.split(",") if k]
        by_key = {c.key: c for c in allowed}
        chosen = [by_key[k] for k in wanted if k in by_key and not by_key[k].stays]
        staying = [c for c in allowed if c.stays]
        return [*chosen, *staying] if chosen else [c for c in allowed if c.shown]

    def _sorting(self, asked: str, allowed: list[Column]) -> tuple[str, Column, bool]:
        for wanted in (asked, self.sort):
            found = next((c for c in allowed if c.key == wanted.lstrip("-") and c.sort is not None), None)
            if found is not None:
                return wanted, found, wanted.startswith("-")
        raise ValueError(f"{self.sort} is no sortable column")

    def shown_filters(self, asked: MultiDict[str, str]) -> list[dict[str, Any]]:
        """The filters and which are on; the choices of those in sight, since others may cost a statement."""
        shown = []
        for one in self.all_filters():
            value, is_seen = asked.get(one.key, ""), one.pinned or one.key in asked
            choices = list(one.choices()) if is_seen else []
            word = next((w for v, w in choices if v == value), None)
            if word is None and value and one.says is not None:
                word = one.says(value)
            shown.append(
                {
                    "key": one.key,
                    "label": one.label,
                    "choices": choices,
                    "value": value,
                    "word": word,
                    "active": bool(value) and word is not None,
                    "seen": is_seen,
                    "hint": one.hint,
                }
            )
        return shown


@written_once
def _page(
    listing: Listing,
    columns: tuple[Column, ...],
    column: Column,
    down: bool,
    is_after: bool,
    *where: ColumnElement[bool],
) -> Statement:
    sort, key = column.sort, column.beside.key if column.beside else listing.model.id
    statement = select(listing.model.id.label("id"), *[a.label(a.key) for a in listing.always])
    statement = statement.add_columns(*[c.value.label(f"c_{c.key}") for c in columns])
    statement = statement.add_columns(sort.label("sort_value")).where(*where)
    if column.beside is not None:
        statement = statement.where(*column.beside.where)
    if is_after:
        here = tuple_(sort, key)
        there = tuple_(bindparam("after_value", type_=sort.type), bindparam("after_id", type_=key.type))
        statement = statement.where(here < there if down else here > there)
    order = (sort.desc(), key.desc()) if down else (sort.asc(), key.asc())
    return statement.order_by(*order).limit(SIZE + 1)


def _encode(value: Any, key: UUID) -> str:
    kind = {datetime: "t", date: "d", Decimal: "n", int: "i", UUID: "u"}.get(type(value), "s")
    text = value.isoformat() if isinstance(value, datetime | date) else str(value)
    return base64.urlsafe_b64encode(json.dumps([kind, text, str(key)]).encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[Any, UUID] | None:
    if not cursor:
        return None
    try:
        kind, text, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        read: dict[str, Callable[[str], Any]] = {
            "t": datetime.fromisoformat,
            "d": date.fromisoformat,
            "n": Decimal,
            "i": int,
            "u": UUID,
            "s": str,
        }
        return read[kind](text), UUID(key)
    except (ValueError, KeyError, TypeError, ArithmeticError):
        return None  # an altered address shows the first page
