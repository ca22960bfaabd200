"""How many activities are spread over days. No session, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5
DAY = 24 * 60  # minutes
LASTS = 30  # minutes that one takes whose length nobody said


@dataclass(frozen=True)
class Slot:
    """When one of them is: its day, and the minute of it; None: any time of that day."""

    on: date
    minute: int | None


@dataclass(frozen=True)
class Spread:
    """How one person's are spread over working days.

    first: the day it begins, moved to Monday where it falls on a weekend.
    per_day: so many each day.
    minute: of the day at which the first begins, 0 to 1439; the others follow one after the other. None: no hours.
    minutes: that each takes.
    """

    first: date
    per_day: int
    minute: int | None = None
    minutes: int | None = None

    def slot(self, number: int) -> Slot:
        """When the `number`-th is, from 0; what no longer fits into a day begins at its last minute."""
        days, place = divmod(number, self.per_day)
        on = self._working_day(days)
        if self.minute is None:
            return Slot(on, None)
        return Slot(on, min(self.minute + place * (self.minutes or LASTS), DAY - 1))

    def _working_day(self, many: int) -> date:
        first = self.first + timedelta(days=max(0, 7 - self.first.weekday()) if self.first.weekday() >= SATURDAY else 0)
        weeks, days = divmod(first.weekday() + many, SATURDAY)
        return first - timedelta(days=first.weekday()) + timedelta(days=7 * weeks + days)
