"""Months as a workspace counts them: on its calendar and by its clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from saas import clock

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Month:
    """One month of a workspace.

    first: its first day.
    zone: the workspace's, IANA.
    """

    first: date
    zone: str

    @property
    def last(self) -> date:
        """Its last day."""
        return after(self.first) - ONE_DAY

    @property
    def begins(self) -> datetime:
        """The instant at which it begins, UTC."""
        return midnight(self.first, self.zone)

    @property
    def ends(self) -> datetime:
        """The first instant that is no longer in it, UTC."""
        return midnight(after(self.first), self.zone)


def containing(instant: datetime, zone: str) -> Month:
    """The month in which `instant` falls on the wall of `zone`."""
    return Month(clock.local(instant, zone).date().replace(day=1), zone)


def after(first: date) -> date:
    """The first day of the next month."""
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def before(first: date, many: int = 1) -> date:
    """The first day of the month `many` months earlier."""
    for _month in range(many):
        first = (first - ONE_DAY).replace(day=1)
    return first


def midnight(day: date, zone: str) -> datetime:
    """The instant at which a day begins in `zone`, UTC."""
    return clock.instant_of(datetime.combine(day, time()), zone)


def read(text: str) -> date | None:
    """The first day of "2026-11"; None for anything else."""
    try:
        return date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        return None


def quarter_of(first: date) -> date:
    """The first day of the quarter in which the month of `first` lies."""
    return first.replace(month=(first.month - 1) // 3 * 3 + 1, day=1)


def span(text: str) -> tuple[date, date] | None:
    """The first and the last day of "2026-11", of a quarter, "2026-Q4", or of months, "2025-11...2026-10".

    None for anything else.
    """
    begins, _dots, ends = text.partition("...")
    if ends:
        both = (span(begins), span(ends)) if "..." not in ends else (None, None)
        return (both[0][0], both[1][1]) if both[0] and both[1] and both[0] <= both[1] else None
    year, _dash, part = text.partition("-Q")
    if part:
        if part not in {"1", "2", "3", "4"}:
            return None
        first = read(f"{year}-{int(part) * 3 - 2:02}")
        return (first, after(after(after(first))) - ONE_DAY) if first else None
    first = read(text)
    return (first, after(first) - ONE_DAY) if first else None
