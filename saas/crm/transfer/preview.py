"""The first rows of a file as they are read with the columns and names that were chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import SimpleNamespace
from typing import Any

from flask_babel import gettext as _

from saas import money, ui
from saas.crm.transfer import register, values
from saas.crm.transfer.engine import reading_of
from saas.crm.transfer.kind import EMPTY, NEW, Field
from saas.crm.transfer.models import ImportRow, ImportRun
from saas.crm.transfer.values import Reading, Wrong
from saas.search import fold
from saas.tenants import scope

LONGEST = 60  # characters of a cell that are shown


@dataclass(frozen=True)
class Cell:
    """One cell as it is understood; `note` says what there is to know of it, `look` is the note's colour."""

    text: str
    note: str = ""
    look: str = "neutral"


@dataclass(frozen=True)
class Preview:
    """Fields, those that are numbers, and for each row its cells under them."""

    fields: Sequence[Field]
    numbers: frozenset[str]  # keys of fields
    rows: Sequence[tuple[ImportRow, Sequence[Cell]]]


def of(run: ImportRun, rows: Sequence[ImportRow]) -> Preview:
    """These rows of an import, as they are read."""
    kind, reading = register.kind(run.kind), reading_of(run)
    fields = [(place, kind.field(key)) for place, key in enumerate(run.columns) if key]
    columns = [_column(run, field, [_said(row, place) for row in rows], reading) for place, field in fields]
    lines = [(row, [column[number] for column in columns]) for number, row in enumerate(rows)]
    numbers = frozenset(field.key for _place, field in fields if field.read in values.FIGURES)
    return Preview([field for _place, field in fields], numbers, lines)


def _said(row: ImportRow, place: int) -> str:
    return str(row.cells[place]).strip() if place < len(row.cells) else ""


def _column(run: ImportRun, field: Field, cells: Iterable[str], reading: Reading) -> list[Cell]:
    if field.match is None:
        return [_read(field, cell, reading) for cell in cells]
    settled: Mapping[str, Any] = run.matches.get(field.key, {})
    meanings = [(cell, settled[fold(cell)]["means"] if fold(cell) in settled else None) for cell in cells]
    tokens = {str(means) for _cell, means in meanings if means not in {NEW, EMPTY, "", None}}
    names = {token: name for name, token in field.match.known().items()} if tokens else {}
    return [_named(cell, means, names) for cell, means in meanings]


def _named(cell: str, means: str | None, names: Mapping[str, str]) -> Cell:
    if not cell or means is None:
        return Cell(_short(cell))
    if means == NEW:
        return Cell(_short(cell), _("new"), "sea")
    if means == EMPTY:
        return Cell(_short(cell), _("left empty"))
    if means not in names:
        return Cell(_short(cell), _("not known"), "wrong")
    return Cell(_short(names[means]), _short(cell) if fold(names[means]) != fold(cell) else "")


def _read(field: Field, cell: str, reading: Reading) -> Cell:
    if not cell:
        return Cell("")
    try:
        return Cell(_short(_shown(field, field.read(cell, reading))))
    except Wrong:
        return Cell(_short(cell), _("can't be read"), "wrong")


def _shown(field: Field, value: Any) -> str:
    reader = ui.words()
    if field.words is not None:
        return field.words(value)
    if isinstance(value, list):
        return _(", ").join(map(str, value))
    if isinstance(value, Enum):
        return str(field.show(SimpleNamespace(**{field.key: value})) if field.show else value.value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, values.OnDay):
        return reader.dated(value.date())
    if isinstance(value, datetime):
        local = value.astimezone(reader.zone)
        return f"{reader.dated(value)} {local:%H:%M}"
    if isinstance(value, date):
        return reader.dated(value)
    if isinstance(value, Decimal):
        least = _cents() if field.read in (values.money, values.price) else 0
        return reader.number(value, max(least, -int(value.normalize().as_tuple().exponent)))
    return str(value)


def _cents() -> int:
    """How many digits after the point amounts are written with here."""
    return money.places(scope.workspace().currency)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
