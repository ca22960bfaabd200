"""The hours in which a member wants to be left alone. No session, no clock of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from saas import clock

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rest:
    """From when to when somebody isn't to be disturbed, as instants (UTC)."""

    start: datetime
    end: datetime


def rest_at(at: datetime, zone: str, hours: tuple[int, int] | None) -> Rest | None:
    """The rest in which the instant `at` lies, if it lies in one.

    Args:
        at: an instant.
        zone: the member's IANA zone.
        hours: from which hour to which, on his clock; over midnight where the first is the later; None: never.
    """
    if hours is None:
        return None
    begins, ends = hours
    here = clock.local(at, zone)
    is_over_night = begins > ends
    is_in = here.hour >= begins or here.hour < ends if is_over_night else begins <= here.hour < ends
    if not is_in:
        return None
    first = here.date() - DAY if is_over_night and here.hour < ends else here.date()
    last = first + DAY if is_over_night else first
    start, end = (clock.instant_of(datetime.combine(on, time(h)), zone) for on, h in ((first, begins), (last, ends)))
    return Rest(start, end)
