"""Figures typed beside the rows they are for: how much of a line, how much for an invoice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from flask_babel import gettext as _

from saas import money
from saas.errors import Refused
from saas.forms import Form, attempt

Done = TypeVar("Done")


@dataclass
class Row:
    """One row.

    key: of what it is about; its cell is named "f-<key>".
    text, note: as its page says it; `url` leads there.
    typed: what stands in the cell.
    error: what is wrong with it.
    """

    key: UUID
    text: str
    note: str
    typed: str = ""
    url: str = ""
    error: str = ""
    figure: Decimal = Decimal(0)

    @property
    def name(self) -> str:
        """Of its cell."""
        return f"f-{self.key}"


def read(rows: Sequence[Row], sent: Mapping[str, str]) -> list[Row]:
    """The rows as they were typed."""
    for row in rows:
        row.typed = sent.get(row.name, "").strip()
        number = money.read(row.typed) if row.typed else Decimal(0)
        if number is None:
            row.error = _("Please type a number.")
        else:
            row.figure = number
    return list(rows)


def chosen(rows: Sequence[Row]) -> dict[UUID, Decimal]:
    """Key → figure, of the rows that hold any."""
    return {row.key: row.figure for row in rows if row.figure}


def tried(form: Form, rows: Sequence[Row], verb: Callable[[], Done]) -> Done | None:
    """What `verb` returns; None where it refuses: its sentence then stands at the row or the field it belongs to, or at
    the first row with a figure, so that nothing typed is lost.
    """
    if any(row.error for row in rows):
        return None
    try:
        return attempt(form, verb)
    except Refused as refused:
        named = [row for row in rows if refused.field == str(row.key)]
        place = next(iter(named or [row for row in rows if row.figure] or rows), None)
        if place is None:
            raise
        place.error = refused.sentence
        return None


def status(form: Form, rows: Sequence[Row]) -> int:
    """Of the answer that shows the form and its rows."""
    return 422 if form.is_submitted() and any(row.error for row in rows) else form.status
