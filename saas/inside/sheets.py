"""Reads a sheet, CSV or XLSX, row by row; inside the child.

Gives first what the file is (kind, encoding or sheet names, header), then rows in batches of [row number, cells]. Row
numbers are those that a spreadsheet shows, so that a person finds the row again.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO

from saas.child import Stopped
from saas.inside import texts

BATCH = 500
COLUMNS = 500
CELL = 32_767  # characters; what a spreadsheet program itself allows
ROWS = 300_000

Row = tuple[int, list[str]]


def read(
    material: BinaryIO, *, sheet: str = "", encoding: str = "", delimiter: str = "", after: int = 0, most: int = 0
) -> Iterator[Any]:
    """The sheet in `material`.

    Args:
        material: the file.
        sheet: which one of a workbook; the first that has rows when left out.
        encoding, delimiter: of a text, where the guess was wrong.
        after: leave out rows up to this number, to resume.
        most: end after so many rows, for a preview; 0 for all.
    """
    start = material.read(8)
    material.seek(0)
    if start.startswith(b"PK\x03\x04"):
        from saas.inside import workbooks  # a third of a second to load, which a text needn't wait for

        about, rows = workbooks.open_rows(material, sheet, columns=COLUMNS)
    elif start.startswith(b"\xd0\xcf\x11\xe0"):
        raise Stopped("old")  # a workbook of before 2007, or one with a password
    else:
        about, rows = texts.open_rows(material, encoding, delimiter, columns=COLUMNS, cell=CELL)
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
