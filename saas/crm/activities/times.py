"""When an activity begins, ends and is to be recalled, on its owner's wall clock. No session, no clock of its own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from saas import clock
from saas.crm.activities.models import Reminder
from saas.tenants.quiet import rest_at

MORNING = time(9)
BEFORE = {
    Reminder.AT_START: timedelta(),
    Reminder.MINUTES_10: timedelta(minutes=10),
    Reminder.MINUTES_30: timedelta(minutes=30),
    Reminder.HOUR: timedelta(hours=1),
}


@dataclass(frozen=True)
class Span:
    """From when to when, as instants (UTC)."""

    start: datetime
    end: datetime


def day(on: date, zone: str) -> Span:
    """The day `on` in the IANA zone `zone`; 23 or 25 hours long where clocks change."""
    first, after = (clock.instant_of(datetime.combine(d, time()), zone) for d in (on, on + timedelta(days=1)))
    return Span(first, after)


def span(starts_at: datetime | None, minutes: int | None, due_on: date | None, zone: str) -> Span:
    """How long an activity lasts: its minutes from its start on, or the whole day where it has no hour.

    Args:
        starts_at: instant; None where only the day is known.
        minutes: how long it takes; 0 when left out.
        due_on: the day, on the owner's wall clock.
        zone: the owner's IANA zone.

    Raises:
        ValueError: neither start nor day is given.
    """
    if due_on is not None:
        return day(due_on, zone)
    if starts_at is None:
        raise ValueError("an activity begins at an instant or on a day")
    return Span(starts_at, starts_at + timedelta(minutes=minutes or 0))


def remind_at(reminder: Reminder, start: datetime, zone: str) -> datetime:
    """The instant (UTC) of a reminder for what begins at the instant `start`, for someone in the IANA zone `zone`."""
    if reminder in BEFORE:
        return start - BEFORE[reminder]
    wall = start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if reminder is Reminder.DAY:
        wall -= timedelta(days=1)
    else:
        on = wall.date() - timedelta(days=1 if reminder is Reminder.EVE else 0)
        wall = datetime.combine(on, MORNING)
    return clock.instant_of(wall, zone)


def reminders(
    chosen: Collection[Reminder], start: datetime, zone: str, quiet: tuple[int, int] | None
) -> list[datetime]:
    """The instants (UTC) of several reminders, in order, each once; none falls into the owner's quiet hours.

    Args:
        chosen: how long before.
        start: when it begins.
        zone: the owner's IANA zone.
        quiet: from which hour to which he wants to be left alone; None: never.
    """
    return sorted({_heard(remind_at(one, start, zone), start, zone, quiet) for one in chosen})


def _heard(at: datetime, start: datetime, zone: str, quiet: tuple[int, int] | None) -> datetime:
    """When somebody hears of it who isn't to be disturbed: once his quiet hours end, or before them where that is too
    late."""
    rest = rest_at(at, zone, quiet)
    if rest is None:
        return at
    return rest.end if rest.end <= start else rest.start


def instant(on: date, at: time, zone: str) -> datetime:
    """The instant (UTC) of a day and an hour that a person in `zone` typed."""
    return clock.instant_of(datetime.combine(on, at), zone).astimezone(UTC)
