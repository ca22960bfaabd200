"""The only clock in the code: every "now" is asked here, so that tests can shift time in all processes at once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

FIRST, LAST = date(1000, 1, 1), date(2199, 12, 31)  # days that anybody means, and that every clock can show

_offset = timedelta()


def shift(seconds: float) -> None:
    """Move this process's clock by `seconds` (s) from the machine's; `SAAS_CLOCK_OFFSET` does it at start."""
    global _offset
    _offset = timedelta(seconds=seconds)


def offset() -> timedelta:
    """How far this clock is ahead of the machine's."""
    return _offset


def now() -> datetime:
    """The present instant, aware, UTC."""
    return datetime.now(UTC) + _offset


def is_meant(day: date) -> bool:
    """True of a day from FIRST to LAST; with others, as slips of the keyboard make them, nothing can be reckoned."""
    return FIRST <= day <= LAST


def day_of(text: str) -> date | None:
    """The day that an address or a script names, as 2031-05-02; None where it names none that anybody means."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if is_meant(found) else None


def local(instant: datetime, zone: str) -> datetime:
    """`instant` on the wall clock of the IANA zone `zone`."""
    return instant.astimezone(ZoneInfo(zone))


def instant_of(wall: datetime, zone: str) -> datetime:
    """The UTC instant at which a wall clock in `zone` shows the naive time `wall`.

    A time that the change to summer skips becomes the first instant after the gap; one that happens twice becomes the
    first of the two.
    """
    here = wall.replace(tzinfo=ZoneInfo(zone), fold=0)
    instant = here.astimezone(UTC)
    if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall:
        return instant
    # In a gap fold=0 reads the clock before the change: walk back to the change itself, to the minute.
    late = wall.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
    low, high = min(instant, late), max(instant, late)
    before = low.astimezone(ZoneInfo(zone)).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(ZoneInfo(zone)).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
