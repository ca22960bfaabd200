"""Cells as values: text, numbers and dates as people write them. Pure: no session, no request, no clock."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from saas import clock

ORDERS = ("mdy", "dmy", "ymd")
YEARS = range(clock.FIRST.year, clock.LAST.year + 1)
PIVOT = 69  # a year of two digits from here on is of the last century
MOST = Decimal(10) ** 15

DAY = re.compile(
    r"(\d{1,4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,4})\s*日?"
    r"(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?\s*([ap]\.?m\.?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
)
NAMED = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?[\s.-]+([a-z]{3})[a-z]*|([a-z]{3})[a-z]*[\s.]+(\d{1,2})(?:st|nd|rd|th)?),?[\s.-]+(\d{4})"
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NUMBER = re.compile(r"[-+]?\d[\d.,' ]*|[-+]?[.,]\d+")
CODE = re.compile(r"^[A-Z]{3}\b|\b[A-Z]{3}$")
YES = {"yes", "y", "true", "1", "x", "是", "有", "对", "✓"}
NO = {"no", "n", "false", "0", "", "否", "无", "不"}


class Wrong(ValueError):
    """A cell that can't be read; `why` is the word under which the sentence is kept."""

    def __init__(self, why: str, **facts: Any) -> None:
        super().__init__(why)
        self.why = why
        self.facts = facts


class OnDay(datetime):
    """The instant (UTC) that stands for a day whose hour nobody told; its date is that day."""


@dataclass(frozen=True)
class Reading:
    """How the cells of one file are to be understood."""

    order: str = "ymd"  # of day, month and year, where the year does not come first
    decimal: str = "."  # the mark before the fraction
    zone: str = "UTC"  # of times that name none


def text(cell: str, reading: Reading, *, most: int = 300) -> str:
    """The cell as it is.

    Raises:
        Wrong: it has more than `most` characters.
    """
    if len(cell) > most:
        raise Wrong("long", most=most)
    return cell


def number(cell: str, reading: Reading) -> Decimal:
    """A number, whatever stands for its thousands; signs and codes of currencies are left out.

    Raises:
        Wrong: it is none.
    """
    bare = unicodedata.normalize("NFKC", cell).strip()
    negative = bare.startswith("(") and bare.endswith(")")
    bare = CODE.sub("", "".join(c for c in bare.strip("()") if unicodedata.category(c) != "Sc")).strip()
    if not NUMBER.fullmatch(bare):
        raise Wrong("number", value=cell)
    thousands = "," if reading.decimal == "." else "."
    plain = re.sub(rf"[' {re.escape(thousands)}]", "", bare).replace(reading.decimal, ".")
    try:
        found = Decimal(plain)
    except InvalidOperation as error:
        raise Wrong("number", value=cell) from error
    if abs(found) >= MOST:
        raise Wrong("number", value=cell)
    return -found if negative else found


def money(cell: str, reading: Reading) -> Decimal:
    """An amount, to the hundredth; one with more digits is rounded as a sum would be."""
    return number(cell, reading).quantize(Decimal("0.01"))


def price(cell: str, reading: Reading) -> Decimal:
    """What one of something costs, to the ten-thousandth."""
    return number(cell, reading).quantize(Decimal("0.0001"))


def quantity(cell: str, reading: Reading) -> Decimal:
    """How many, to the thousandth.

    Raises:
        Wrong: it is no number, or below 0.
    """
    found = number(cell, reading)
    if found < 0:
        raise Wrong("number", value=cell)
    return found.quantize(Decimal("0.001"))


def percent(cell: str, reading: Reading) -> Decimal:
    """A percentage: 15 and "15 %" are 15 %.

    Raises:
        Wrong: it is none from 0 to 100.
    """
    found = number(cell.strip().removesuffix("%"), reading)
    if not 0 <= found <= 100:
        raise Wrong("percent", value=cell)
    return found.quantize(Decimal("0.001"))


FIGURES = frozenset({number, money, price, quantity, percent})
"""What reads figures with a mark before their fraction, which is found out from a column's cells."""


def whole(cell: str, reading: Reading) -> int:
    """A whole number.

    Raises:
        Wrong: it is none.
    """
    found = number(cell, reading)
    if found != found.to_integral_value():
        raise Wrong("whole", value=cell)
    return int(found)


def day(cell: str, reading: Reading) -> date:
    """A date; a time beside it is left out.

    Raises:
        Wrong: it is none, in this order of day, month and year.
    """
    return _parts(cell, reading)[0]


def moment(cell: str, reading: Reading) -> datetime:
    """An instant, UTC; a time without zone is one of the workspace's. An `OnDay` where the cell tells no time.

    Raises:
        Wrong: it is none.
    """
    found, rest = _parts(cell, reading)
    hour, minute, second, part, half, zone = rest
    try:
        if hour is None:
            return _on(found, reading.zone)
        hours = int(hour or 0)
        if half:
            hours = hours % 12 + (12 if half[0] == "p" else 0)
        clocked = (hours, int(minute or 0), int(second or 0), int((part or "").ljust(6, "0")))
        wall = datetime(found.year, found.month, found.day, *clocked)  # noqa: DTZ001
        if not zone:
            return clock.instant_of(wall, reading.zone)
        text = "+00:00" if zone == "z" else zone
        return datetime.fromisoformat(wall.isoformat() + text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Wrong("date", value=cell) from error


def _on(day_: date, zone: str) -> OnDay:
    """What stands for a day on pages that know instants alone.

    The first instant of the workspace's day is still the day before for every colleague further west. Noon at Greenwich
    has one and the same date from twelve hours west of it to eleven east. A workspace beyond that takes its own last
    minute, the nearest to that noon which is still this day at home.
    """
    first, last = (clock.instant_of(datetime.combine(day_, at), zone) for at in (time(), time(23, 59)))
    noon = datetime.combine(day_, time(12), UTC)
    return OnDay.fromtimestamp(min(max(noon, first), last).timestamp(), UTC)


def truth(cell: str, reading: Reading) -> bool:
    """Yes or no.

    Raises:
        Wrong: it is neither.
    """
    said = unicodedata.normalize("NFKC", cell).strip().casefold()
    if said in YES:
        return True
    if said in NO:
        return False
    raise Wrong("truth", value=cell)


def order_of(cells: Iterable[str]) -> tuple[str, bool]:
    """In which order these cells write day, month and year, and whether they leave no doubt.

    A part above 12 can't be a month. Where no cell says, month first is taken for slashes and day first for dots.
    """
    month_first = day_first = slashes = dots = 0
    for cell in cells:
        found = DAY.match(cell.strip())
        if found is None or len(found[1]) > 2:
            continue
        first, second = int(found[1]), int(found[2])
        month_first += second > 12 >= first
        day_first += first > 12 >= second
        slashes += "/" in cell
        dots += "." in cell
    if month_first or day_first:
        return ("mdy" if month_first >= day_first else "dmy"), not (month_first and day_first)
    if not (slashes or dots):
        return "ymd", True
    return ("mdy" if slashes >= dots else "dmy"), False


def decimal_of(cells: Iterable[str]) -> str:
    """Which mark these numbers put before the fraction: "." or ","."""
    comma = dot = 0
    for cell in cells:
        marks = [c for c in cell if c in ".,"]
        if not marks:
            continue
        last = marks[-1]
        after = len(re.sub(r"\D", "", cell[cell.rindex(last) :]))
        is_fraction = (len(set(marks)) == 2 and marks.count(last) == 1) or (len(marks) == 1 and after != 3)
        comma += is_fraction and last == ","
        dot += is_fraction and last == "."
    return "," if comma > dot else "."


def order_named(name: str) -> str | None:
    """The order that a person means by "mdy", "MM/DD/YYYY" or "%d.%m.%Y"; None when it names none."""
    letters = re.sub(r"[^mdy]", "", name.casefold())
    found = re.sub(r"(.)\1+", r"\1", letters)
    return found if found in ORDERS else None


def _parts(cell: str, reading: Reading) -> tuple[date, tuple[str | None, ...]]:
    said = unicodedata.normalize("NFKC", cell).strip().casefold()
    try:
        if found := re.fullmatch(DAY.pattern, said, re.IGNORECASE):
            return _dated(found[1], found[2], found[3], reading.order), found.groups()[3:]
        if named := NAMED.fullmatch(said):
            month = MONTHS.index(named[2] or named[3]) + 1
            return date(int(named[5]), month, int(named[1] or named[4])), (None,) * 6
    except ValueError:
        pass
    raise Wrong("date", value=cell)


def _dated(first: str, second: str, third: str, order: str) -> date:
    if len(first) > 2 or order == "ymd":
        year, month, day_ = first, second, third
    elif order == "dmy":
        day_, month, year = first, second, third
    else:
        month, day_, year = first, second, third
    found = int(year)
    if len(year) <= 2:
        found += 1900 if found >= PIVOT else 2000
    if found not in YEARS:
        raise ValueError(year)
    return date(found, int(month), int(day_))
