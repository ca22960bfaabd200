"""Days of a contract: how it stands, when to remind of its end, what a renewal asks for. No session, no clock."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from saas.crm.contracts.models import ContractState

USUAL = (90, 60, 30)  # days before the end on which is reminded
MOST_DAYS = 3650
A_DAY = timedelta(days=1)


def state_on(day: date, *, signed: bool, starts_on: date, ends_on: date | None, is_ended: bool) -> ContractState:
    """How a contract stands on a day.

    Args:
        day: on the workspace's calendar.
        signed: both have signed.
        starts_on, ends_on: its first and last day; None: it has no end.
        is_ended: somebody has ended it, so that its last day is the end of it at once.
    """
    if not signed:
        return ContractState.DRAFT
    if ends_on is not None and is_ended and ends_on <= day:
        return ContractState.ENDED
    if ends_on is not None and ends_on < day:
        return ContractState.EXPIRED
    return ContractState.SIGNED if day < starts_on else ContractState.ACTIVE


def next_reminder(ends_on: date | None, days: Iterable[int], after: date) -> date | None:
    """The first day after `after` on which its end is reminded of; None: there is none."""
    if ends_on is None:
        return None
    return min((day for one in days if (day := ends_on - timedelta(days=one)) > after), default=None)


def a_year_from(day: date) -> date:
    """The last day of a year that begins on `day`."""
    return _same_day(day, day.year + 1) - A_DAY


def following(starts_on: date, ends_on: date) -> tuple[date, date]:
    """The period that follows one, as long: a year after a year whatever its days, else as many days."""
    begin = ends_on + A_DAY
    years = begin.year - starts_on.year
    if years > 0 and _same_day(starts_on, begin.year) == begin:
        return begin, _same_day(begin, begin.year + years) - A_DAY
    return begin, begin + (ends_on - starts_on)


def raised(price: Decimal, percent: Decimal) -> Decimal:
    """A price after a change in %, with the four digits that prices have."""
    return (price * (100 + percent) / 100).quantize(Decimal("0.0001"))


def _same_day(day: date, year: int) -> date:
    """The day of that month in another year; the last of February where a leap day has none."""
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))
