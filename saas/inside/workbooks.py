"""Reads XLSX: the list of the ZIP is looked through before any part is unpacked; then row by row, never as a whole."""

from __future__ import annotations

import datetime
import sys
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from saas.child import MIB, Stopped
from saas.inside import sheets
from saas.inside.sheets import Row

sys.modules["numpy"] = None  # type: ignore[assignment] # openpyxl would load it where it is installed, threads and all

import openpyxl  # noqa: E402
from defusedxml import DefusedXmlException  # noqa: E402
from openpyxl import DEFUSEDXML, LXML  # noqa: E402
from openpyxl.utils.exceptions import InvalidFileException  # noqa: E402
from openpyxl.worksheet._read_only import ReadOnlyWorksheet  # noqa: E402
from openpyxl.worksheet._reader import WorkSheetParser  # noqa: E402

ENTRIES = 2_000
UNPACKED = 256 * MIB  # all parts together
RATIO = 100  # unpacked to packed, of a part that is large
LARGE = 4 * MIB
ARCHIVES = (".zip", ".xlsx", ".xlsm", ".docx", ".pptx", ".ods", ".odt", ".jar", ".gz", ".bz2", ".xz", ".7z", ".rar")
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
IS_ENCRYPTED = 0x1
DAMAGED = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    DefusedXmlException,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    EOFError,
)

Cell = dict[str, Any]


def read(material: BinaryIO, *, sheet: str, after: int, most: int) -> Iterator[Any]:
    """One sheet of the workbook, as `sheets.parts` gives it.

    Args:
        material: the file.
        sheet: its name; the first visible one that has rows when empty.
        after, most: which rows.
    """
    about, rows = open_rows(material, sheet)
    yield from sheets.parts(about, rows, after=after, most=most)


def open_rows(material: BinaryIO, wanted: str) -> tuple[dict[str, Any], Iterator[Row]]:
    """What the workbook is, and the rows of one sheet by number. A cell too far out is refused, not dropped."""
    if not DEFUSEDXML or LXML:  # openpyxl falls back without a word
        raise ImportError("openpyxl reads XML without defusedxml")
    check(material)
    try:
        book = openpyxl.load_workbook(material, read_only=True, data_only=True, keep_links=False)
        listed: list[Any] = list(book.worksheets)  # read-only ones, of which the stubs know too little
        visible = [s for s in listed if isinstance(s, ReadOnlyWorksheet) and s.sheet_state == "visible"]
        chosen = next((s for s in visible if s.title == wanted), None) if wanted else _first_filled(visible)
    except DAMAGED as error:
        raise Stopped("damaged") from error
    if chosen is None:
        raise Stopped("no_sheet" if wanted else "empty")
    about = {
        "kind": "xlsx",
        "encoding": "",
        "delimiter": "",
        "sheets": [sheet.title for sheet in visible],
        "sheet": chosen.title,
        "rows": None,  # what a workbook says of that is often wrong, and counting is reading
    }
    return about, _rows(chosen)


def check(material: BinaryIO) -> None:
    """Refuse an archive that is no workbook, or would unpack to more than a workbook has any use for."""
    try:
        with zipfile.ZipFile(material) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise Stopped("damaged") from error
    names = {part.filename for part in parts}
    if len(parts) > ENTRIES or sum(part.file_size for part in parts) > UNPACKED or any(map(_is_bomb, parts)):
        raise Stopped("bomb")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise Stopped("kind")
    if any(name.lower().endswith(ARCHIVES) for name in names):
        raise Stopped("nested")
    if len(names) < len(parts) or _overlap(parts) or any(map(_is_odd, parts)):
        raise Stopped("damaged")
    material.seek(0)


def _is_bomb(part: zipfile.ZipInfo) -> bool:
    return part.file_size > LARGE and part.file_size > RATIO * max(1, part.compress_size)


def _is_odd(part: zipfile.ZipInfo) -> bool:
    return bool(part.flag_bits & IS_ENCRYPTED) or part.compress_type not in METHODS


def _overlap(parts: list[zipfile.ZipInfo]) -> bool:
    """True when two parts share bytes: so a small file can name one bomb many times."""
    end = 0
    for part in sorted(parts, key=lambda p: p.header_offset):
        if part.header_offset < end:
            return True
        end = part.header_offset + part.compress_size
    return False


def _first_filled(pages: list[Any]) -> Any:
    return next((page for page in pages if next(_rows(page), None)), None)


def _rows(sheet: Any) -> Iterator[Row]:
    """Rows as they stand in the file. The sheet's own iterator would fill every gap up to the farthest cell."""
    book = sheet.parent
    try:
        with sheet._get_source() as source:
            parser = WorkSheetParser(
                source,
                sheet._shared_strings,
                data_only=True,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            )
            for number, cells in parser.parse():
                filled = [cell for cell in cells if cell["value"] is not None]
                if filled:
                    yield number, _spread(number, filled)
    except DAMAGED as error:
        raise Stopped("damaged") from error


def _spread(number: int, cells: list[Cell]) -> list[str]:
    """The row as a list from column A on."""
    last = max(cell["column"] for cell in cells)
    if last > sheets.COLUMNS:
        raise Stopped("columns", row=number, limit=sheets.COLUMNS)
    out = [""] * last
    for cell in cells:
        out[cell["column"] - 1] = "" if cell["data_type"] == "e" else written(cell["value"])
    return out


def written(value: object) -> str:
    """A cell's value as text that reads the same in every language: 2026-03-04, 1234.5, TRUE."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(sep=" ")
    if isinstance(value, float):
        # Fifteen digits, as the spreadsheet program shows: what it stores for 0.1 + 0.2 ends in 04.
        return format(Decimal(format(value, ".15g")), "f")
    return str(value)
