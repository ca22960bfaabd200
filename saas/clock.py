"""The only clock in the code: every "now" is asked here, so that tests can shift time in all processes at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

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
