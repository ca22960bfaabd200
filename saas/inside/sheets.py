"""What a sheet may have, CSV or XLSX, and how its rows go out; inside the child.

Gives first what the file is (kind, encoding or sheet names, header), then rows in batches of [row number, cells]. Row
numbers are those that a spreadsheet shows, so that a person finds the row again.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from saas.child import Stopped

BATCH = 500
COLUMNS = 500
CELL = 32_767  # characters; what a spreadsheet program itself allows
ROWS = 300_000

Row = tuple[int, list[str]]


def parts(about: dict[str, Any], rows: Iterator[Row], *, after: int, most: int) -> Iterator[Any]:
    """What is sent out of a sheet: first what it is, with its header; then its rows in batches.

    Args:
        about: what the file is.
        rows: its rows by number, as they stand in the file.
        after: leave out rows up to this number, to resume.
        most: end after so many rows, for a preview; 0 for all.
    """
    kept = _within_limits(rows)
    header = next(kept, None)
    if header is None:
        raise Stopped("empty")
    yield {**about, "header": header[1], "header_row": header[0]}
    wanted = (row for row in kept if row[0] > after)
    yield from _batches(islice(wanted, most) if most else wanted)


def _within_limits(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows that hold anything; refuses the file at the first that is too long, too wide or too deep."""
    for number, cells in rows:
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if number > ROWS:
            raise Stopped("rows", row=number, limit=ROWS)
        if len(cells) > COLUMNS:
            raise Stopped("columns", row=number, limit=COLUMNS)
        if max(map(len, cells)) > CELL:
            raise Stopped("cell", row=number, limit=CELL)
        if any("\0" in cell for cell in cells):
            raise Stopped("binary")
        yield number, cells


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
