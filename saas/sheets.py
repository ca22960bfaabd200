"""Sheets in and out: CSV and XLSX.

Reading happens in a limited child, row by row: this process never holds a whole file. Writing makes cells that no
spreadsheet program takes for a formula, and reading one of our own exports gives the values back as they were.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from flask_babel import lazy_gettext as _l

from saas import child
from saas.errors import Refused
from saas.i18n import marked

ZIP = b"PK\x03\x04"  # how a workbook begins
LARGEST = 50 * child.MIB
# What a spreadsheet program may read as the begin of a formula; Chinese input methods write the wide forms.
FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
BOM = "\ufeff"  # without it Excel reads Chinese as something else
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
XLSX_ROWS = 1_048_576  # in one sheet, header included
XLSX_CELL = 32_767  # characters

Value = str | int | Decimal | float | bool | date | datetime | None

SENTENCES = {
    "size": _l("This file is too large: at most %(limit)s MB can be read. Split it into several files."),
    "kind": _l("This is not a sheet. Save it as CSV or XLSX and try again."),
    "old": _l("This workbook is of an old kind, or has a password. Save it as XLSX without a password and try again."),
    "binary": _l("This file holds signs that are no text. Save it as CSV or XLSX and try again."),
    "empty": _l("This file is empty. The first row must name the columns."),
    "no_sheet": _l("This workbook has no sheet of that name. Choose another one."),
    "damaged": _l("This workbook is damaged. Open it in your spreadsheet program, save it as XLSX and try again."),
    "bomb": _l("This workbook unpacks to far more than its size, so it was not read. Save its rows as CSV instead."),
    "nested": _l("This workbook holds other files inside. Save its rows as CSV, or remove those files first."),
    "rows": _l("Row %(row)s has something in it, but at most %(limit)s rows can be read. Split the file."),
    "columns": _l("Row %(row)s has a cell beyond column %(limit)s. Remove the columns that are not needed."),
    "cell": _l("A cell in row %(row)s is longer than %(limit)s characters. Look for a missing quotation mark there."),
    "quote": _l("From row %(row)s on, the quotation marks don't match. Correct them there and try again."),
    "line": _l("Line %(row)s of the file is too long to be a row. Save the sheet as CSV again and try once more."),
    "encoding": _l("The text does not read as %(encoding)s. Save the file as CSV in UTF-8 and try again."),
    "busy": _l("Many files are being read right now. Try again in a minute."),
    "time": _l("Reading this file takes too long. Split it, or save its rows as CSV."),
    "memory": _l("This file is too large to be read as it is. Split it, or save its rows as CSV."),
    "answer": _l("This file is too large to be read as it is. Split it, or save its rows as CSV."),
    "broken": _l("This file can't be read. Save it as CSV in UTF-8 and try again."),
}


class Unreadable(Refused):
    """The file is no sheet, or one that is refused; `why` is the word that SENTENCES begins with."""

    def __init__(self, why: str, **facts: Any) -> None:
        super().__init__(str(SENTENCES[why]) % (facts | {"limit": marked(facts.get("limit"))}))
        self.why = why


@dataclass(frozen=True)
class Head:
    """What a file is."""

    kind: str  # "csv" or "xlsx"
    encoding: str  # of a text
    delimiter: str
    sheets: list[str]  # of a workbook, those that can be seen
    sheet: str
    header: list[str]
    header_row: int
    rows: int | None = (
        None  # below the header, that hold anything, of a text that is read from its begin; else not known
    )


@dataclass(frozen=True)
class Row:
    """One row that holds something; `number` is the one that a spreadsheet program shows beside it."""

    number: int
    cells: list[str]  # as wide as the header at least


@dataclass(frozen=True)
class Sheet:
    """An open sheet; its batches can be walked once."""

    head: Head
    batches: Iterator[list[Row]]


@contextmanager
def read(
    source: Path | bytes, *, sheet: str = "", encoding: str = "", delimiter: str = "", after: int = 0, most: int = 0
) -> Iterator[Sheet]:
    """Open a CSV or XLSX file; its rows come in batches of 500 while the block runs.

    Args:
        source: the file.
        sheet: which one of a workbook; the first that has rows when left out.
        encoding, delimiter: of a CSV, where the guess was wrong; "utf-8", "gb18030", "cp1252", …
        after: leave out rows up to this number, to resume.
        most: end after so many rows, for a preview; 0 for all.

    Raises:
        Unreadable: here, or while the batches are walked.
    """
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > LARGEST:
        raise Unreadable("size", limit=LARGEST // child.MIB)
    rows = {"after": after, "most": most}
    if _start(source) == ZIP:
        answers = _answers("sheets.workbook", source, {"sheet": sheet, **rows})
    else:
        answers = _answers("sheets.text", source, {"encoding": encoding, "delimiter": delimiter, **rows})
    with closing(answers):
        head = Head(**next(answers))
        yield Sheet(head, _rows(answers, len(head.header)))


def _start(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source[: len(ZIP)]
    with source.open("rb") as file:
        return file.read(len(ZIP))


def _answers(work: str, source: Path | bytes, asked: dict[str, Any]) -> Generator[Any]:
    try:
        with closing(child.stream(work, source, **asked)) as parts:
            yield from parts
    except child.Stopped as stop:
        facts = {"row": "", "limit": "", "encoding": "", **stop.facts}
        raise Unreadable(stop.why, **facts) from None


def _rows(batches: Iterator[Any], width: int) -> Iterator[list[Row]]:
    for batch in batches:
        yield [Row(number, cells + [""] * (width - len(cells))) for number, cells in batch]


def inert(text: str) -> str:
    """The text as a cell of a CSV: with an apostrophe before what could be a formula. Reading takes it off again."""
    return f"'{text}" if FORMULA.match(text) else text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """A CSV in UTF-8, piece by piece. Numbers stay numbers; text that could be a formula is made inert."""
    buffer = io.StringIO(BOM, newline="")
    buffer.seek(0, io.SEEK_END)
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([inert(name) for name in header])
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row])
        if buffer.tell() > 1 << 16:
            yield _drained(buffer)
    yield _drained(buffer)


def _drained(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "replace")


def _csv_cell(value: Value) -> str:
    if isinstance(value, str):
        return inert(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def write_xlsx(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Value]], *, title: str = "") -> None:
    """Write a workbook with one table; further sheets follow when one is full.

    Args:
        file: open for writing, and seekable.
        header: names of the columns.
        rows: their values; text is always text, never a formula or a link.
        title: of the sheet; signs that a sheet's name can't have are left out.
    """
    import xlsxwriter  # the web process starts without it

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(file, options) as book:
        _Pages(book, header, title).write(rows)


def _xlsx_text(text: str) -> str:
    """What a cell can hold: lines end in a line feed, and control signs have no place in XML."""
    return UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))[:XLSX_CELL]


class _Pages:
    """The sheets of one workbook, each with the header."""

    def __init__(self, book: Any, header: Sequence[str], title: str) -> None:
        self._book, self._header = book, header
        self._title = re.sub(r"[\[\]:*?/\\'\x00-\x1f]", " ", title).strip()[:25]
        self._bold = book.add_format({"bold": True})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._count = 0

    def write(self, rows: Iterable[Sequence[Value]]) -> None:
        page, at = self._begin(), 1
        for row in rows:
            if at == XLSX_ROWS:
                page, at = self._begin(), 1
            for column, value in enumerate(row):
                self._cell(page, at, column, value)
            at += 1

    def _begin(self) -> Any:
        self._count += 1
        number = f" {self._count}" if self._count > 1 else ""
        page = self._book.add_worksheet(f"{self._title}{number}".strip() or None)
        for column, name in enumerate(self._header):
            page.write_string(0, column, _xlsx_text(name), self._bold)
        page.freeze_panes(1, 0)
        return page

    def _cell(self, page: Any, row: int, column: int, value: Value) -> None:
        if value is None or value == "":
            return
        if isinstance(value, bool):
            page.write_boolean(row, column, value)
        elif isinstance(value, datetime):
            page.write_datetime(row, column, value.replace(tzinfo=None), self._moment)
        elif isinstance(value, date):
            page.write_datetime(row, column, value, self._day)
        elif isinstance(value, str):
            page.write_string(row, column, _xlsx_text(value))
        else:
            self._number(page, row, column, value)

    def _number(self, page: Any, row: int, column: int, value: int | Decimal | float) -> None:
        """A number; one with more digits than a spreadsheet program keeps is written as text, to the last digit."""
        if len(str(value).replace("-", "").replace(".", "").strip("0")) > 15:
            page.write_string(row, column, format(value, "f") if isinstance(value, Decimal) else str(value))
        else:
            page.write_number(row, column, value)
