"""Rows of a grid that is typed by keyboard (`macros/grid.html`): many small forms, named "r3-price", sent at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from saas.forms import Form, RecordForm

NUMBERED = re.compile(r"r(\d{1,6})-")


class Cells(RecordForm):
    """One row. The grid's form carries what guards it against forgery."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, meta={"csrf": False}, **options)

    @property
    def is_blank(self) -> bool:
        """True when nothing was typed in it."""
        return not any(text.strip() for one in self for text in one.raw_data or ())


def numbers(sent: Collection[str]) -> list[int]:
    """The numbers of the rows that have a field in what was sent."""
    return sorted({int(found[1]) for name in sent if (found := NUMBERED.match(name))})


def remarks(rows: Mapping[int, Form]) -> dict[str, dict[str, dict[str, str]]]:
    """What is wrong in checked rows, for the grid's script: row → column → {kind, text}."""
    return {
        f"r{number}": {
            one.short_name: {"kind": "wrong", "text": " ".join(map(str, one.errors))} for one in form if one.errors
        }
        for number, form in rows.items()
    }
