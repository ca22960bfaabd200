"""Reads delimited text: guesses its encoding and its delimiter, and takes the export's formula marks off again."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

from saas.child import Stopped
from saas.inside import sheets
from saas.inside.sheets import Row

OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"  # of before 2007, or one with a password
CHUNK = 1 << 20
LINE = 1 << 20  # characters in one line of the file
SAMPLE = 64 << 10  # characters that the delimiter is guessed from
DELIMITERS = ",;\t|"
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ENCODINGS = {"utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "cp1252", "latin-1"}
# A cell that a spreadsheet program could take for a formula was given an apostrophe by our export; see saas.sheets.
MARKED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


def read(material: BinaryIO, *, encoding: str, delimiter: str, after: int, most: int) -> Iterator[Any]:
    """The text, as `sheets.parts` gives it.

    Args:
        material: the file.
        encoding, delimiter: as the user says; guessed when empty.
        after, most: which rows.
    """
    if material.read(4) == OLD_WORKBOOK:
        raise Stopped("old")
    about, rows = open_rows(material, encoding, delimiter, counts=not (after or most))
    yield from sheets.parts(about, rows, after=after, most=most)


def open_rows(
    material: BinaryIO, encoding: str, delimiter: str, *, counts: bool = False
) -> tuple[dict[str, Any], Iterator[Row]]:
    """What the text is, with the number of its rows if that is asked for, and its rows by number."""
    if encoding and encoding not in ENCODINGS:
        raise ValueError(encoding)
    encoding = encoding or guess_encoding(material)
    material.seek(0)
    decoder = "utf-8-sig" if encoding == "utf-8" else encoding  # the mark is no part of the first column's name
    text = io.TextIOWrapper(material, decoder, errors="strict", newline="")
    try:
        sample = text.read(SAMPLE)
    except UnicodeDecodeError as error:
        raise Stopped("encoding", encoding=encoding) from error
    if _looks_like_markup(sample):
        raise Stopped("kind")
    named = re.match(r"sep=([,;\t|])\r?\n", sample)  # a line that Excel writes and reads
    delimiter = delimiter or (named[1] if named else guess_delimiter(sample))
    about: dict[str, Any] = {"kind": "csv", "encoding": encoding, "delimiter": delimiter, "sheets": [], "sheet": ""}
    about["rows"] = _count(text, delimiter, 2 if named else 1) if counts else None
    text.seek(0)
    return about, _rows(text, encoding, delimiter, bool(named))


def guess_encoding(material: BinaryIO) -> str:
    """The encoding, looked for through the whole file: one name late in the list may be the first with an umlaut."""
    material.seek(0)
    start = material.read(4)
    for mark, name in MARKS:
        if start.startswith(mark):
            return name
    material.seek(0)
    fit = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "gb18030", "cp1252")}
    balance = 0
    while chunk := material.read(CHUNK):
        if b"\0" in chunk:
            return _wide_without_mark(chunk)
        fit = {name: decoder for name, decoder in fit.items() if _takes(decoder, chunk)}
        balance += _chinese_balance(chunk)
    fit = {name: decoder for name, decoder in fit.items() if _takes(decoder, b"", final=True)}
    if balance <= 0:
        fit.pop("gb18030", None)
    return next(iter(fit), "latin-1")


def _takes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _chinese_balance(chunk: bytes) -> int:
    """How many more bytes lie in the pairs of everyday Chinese than there are other high bytes.

    Almost any text in a Western code page is also valid GB18030, but there its accents stand alone between letters.
    """
    pairs = 2 * len(re.findall(rb"[\xa1-\xa9\xb0-\xf7][\xa1-\xfe]", chunk))
    return 2 * pairs - len(re.findall(rb"[\x80-\xff]", chunk))


def _wide_without_mark(chunk: bytes) -> str:
    """UTF-16 that says not so: of plain text, every second byte is zero."""
    even, odd = chunk[0::2].count(0), chunk[1::2].count(0)
    if odd > len(chunk) // 5 and not even:
        return "utf-16-le"
    if even > len(chunk) // 5 and not odd:
        return "utf-16-be"
    raise Stopped("binary")


def _looks_like_markup(sample: str) -> bool:
    return sample.lstrip().lower().startswith(("<!doctype", "<html", "<?xml", "<svg", "%pdf-", "{\\rtf"))


def guess_delimiter(sample: str) -> str:
    """The mark that splits the sample's rows most evenly; a comma when none splits any."""
    return max(DELIMITERS, key=lambda mark: _evenness(sample, mark))


def _evenness(sample: str, mark: str) -> tuple[float, int]:
    widths: Counter[int] = Counter()
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=mark):
            widths[len(row)] += bool(row)
    except csv.Error:
        pass
    width, count = max(((w, c) for w, c in widths.items() if w > 1), key=lambda pair: pair[1], default=(0, 0))
    return count / (widths.total() or 1), width


def _rows(text: io.TextIOWrapper, encoding: str, delimiter: str, skips_first: bool) -> Iterator[Row]:
    csv.field_size_limit(sheets.CELL)
    number = 0
    try:
        reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
        for number, cells in enumerate(reader, 1):
            if number == 1 and skips_first:
                continue
            yield number, [plain(value) for value in cells]
    except csv.Error as error:
        why = "cell" if "field limit" in str(error) else "quote"
        raise Stopped(why, row=number + 1, limit=sheets.CELL) from error
    except UnicodeError as error:
        raise Stopped("encoding", encoding=encoding) from error


def _count(text: io.TextIOWrapper, delimiter: str, before: int) -> int | None:
    """How many rows hold anything, but for those `before` them; None where the text can't be read to its end."""
    text.seek(0)
    csv.field_size_limit(sheets.CELL)
    try:
        return sum(any(cells) for cells in csv.reader(_lines(text), delimiter=delimiter, strict=True)) - before
    except (csv.Error, UnicodeError, Stopped):
        return None  # reading it says what is wrong, and where


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines of bounded length: a file of one endless line is refused before it is held."""
    number = 0
    while line := text.readline(LINE + 1):
        number += 1
        if len(line) > LINE:
            raise Stopped("line", row=number)
        yield line


def plain(cell: str) -> str:
    """The value as it was before our export marked it."""
    return cell[1:] if MARKED.match(cell) else cell
