"""On which days something comes again. No session, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import takewhile
from typing import Any

from dateutil import rrule

from saas.crm.activities.models import Frequency

OFTEN = {
    Frequency.DAILY: rrule.DAILY,
    Frequency.WEEKLY: rrule.WEEKLY,
    Frequency.MONTHLY: rrule.MONTHLY,
    Frequency.YEARLY: rrule.YEARLY,
}
SHORTEST_MONTH = 28  # days


@dataclass(frozen=True)
class Repeat:
    """The rule: how often, from when, and until when.

    every: each so many days, weeks, months or years.
    weekdays: of a weekly one, 0 (Monday) to 6; empty: the weekday it begins on.
    until, times: the last day it may fall on, how often in all; None: without this end.
    """

    frequency: Frequency
    starts_on: date
    every: int = 1
    weekdays: tuple[int, ...] = ()
    until: date | None = None
    times: int | None = None

    def days(self, after: date | None = None) -> Iterator[date]:
        """Its days in order, those up to `after` left out; without end where the rule has none.

        What begins on a day that not every month has falls on the last day of the shorter ones.
        """
        found = self._rule() if after is None else self._rule().xafter(datetime.combine(after, time()))
        return takewhile(lambda on: self.until is None or on <= self.until, (at.date() for at in found))

    def ical(self) -> dict[str, Any]:
        """The rule as an iCalendar file writes it, without its end."""
        names = [str(day) for day in rrule.weekdays]
        said = {name: value for name, value in self._narrowed().items() if name != "byweekday"}
        if self._weekdays():
            said["byday"] = [names[day] for day in self._weekdays()]
        return {"freq": self.frequency.value, "interval": self.every} | said

    def last(self) -> date | None:
        """Its last day; None where it has none."""
        if self.until is None and self.times is None:
            return None
        found = None
        for found in self.days():  # noqa: B007 - the last one is wanted
            pass
        return found

    def _rule(self) -> Any:
        begins = datetime.combine(self.starts_on, time())
        given = {"dtstart": begins, "interval": self.every, "count": self.times}
        return rrule.rrule(OFTEN[self.frequency], **given, **self._narrowed())

    def _narrowed(self) -> dict[str, Any]:
        if self._weekdays():
            return {"byweekday": self._weekdays()}
        if not self._is_late_in_month():
            return {}
        last = {"bymonthday": self._last_days(), "bysetpos": -1}
        return last | ({"bymonth": self.starts_on.month} if self.frequency is Frequency.YEARLY else {})

    def _weekdays(self) -> tuple[int, ...]:
        return self.weekdays if self.frequency is Frequency.WEEKLY else ()

    def _is_late_in_month(self) -> bool:
        return self.frequency in {Frequency.MONTHLY, Frequency.YEARLY} and self.starts_on.day > SHORTEST_MONTH

    def _last_days(self) -> list[int]:
        return list(range(SHORTEST_MONTH, self.starts_on.day + 1))
