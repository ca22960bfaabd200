"""The workspace's rules of the pool, as numbers; nothing here reads or writes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from saas import clock
from saas.crm.customers.clocks import KEY as KEY
from saas.crm.customers.clocks import Clocks


@dataclass(frozen=True)
class Promise:
    """What whoever claims does next, and until when."""

    step: str
    by: date


@dataclass(frozen=True, kw_only=True)
class Rules(Clocks):
    """What a pool allows, besides the limits that return customers to it.

    daily: claims a member may make in one day of the workspace's clock; 0: any number.
    holdings: tracked customers a member may hold; 0: any number.
    overflows: what a member who holds so many adds himself comes into the pool; else he holds more.
    rest: days for which whoever lost a customer can't claim it again.
    looks: free customers whose pages a member may open in one day of the workspace's clock; 0: any number.
    fresh: days for which a customer that has just come lies there, for all to see, before it can be claimed.
    locks: customers a member may lock at a time, so that no rule takes them; 0: none.
    lock_days: for how long a lock holds.
    lock_rest: days after a lock before the same member may lock the same customer again.
    must_promise: whoever claims says what he does next, and until when.
    hides: what is hidden of customers that lie free, until somebody claims them: words of `veil.Hidden`.
    """

    daily: int = 10
    holdings: int = 100
    overflows: bool = False
    rest: int = 7
    looks: int = 0
    fresh: int = 0
    locks: int = 3
    lock_days: int = 30
    lock_rest: int = 30
    must_promise: bool = False
    hides: tuple[str, ...] = ()

    def kept(self) -> dict[str, Any]:
        """The rules as a setting holds them."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    def free_on(self, lost_at: datetime) -> datetime:
        """When someone who lost a customer at `lost_at` may claim it again."""
        return lost_at + timedelta(days=self.rest)

    def open_on(self, pooled_at: datetime) -> datetime:
        """When a customer that came at `pooled_at` may be claimed."""
        return pooled_at + timedelta(days=self.fresh)

    def lockable_on(self, ended_at: datetime) -> datetime:
        """When somebody whose lock of a customer ended at `ended_at` may lock it again."""
        return ended_at + timedelta(days=self.lock_rest)

    def left_today(self, claimed: int) -> int | None:
        """How many more a member may claim today; None: any number."""
        return max(0, self.daily - claimed) if self.daily else None

    def is_looked_out(self, looked: int) -> bool:
        """True when a member who has opened so many pages may open no other today."""
        return bool(self.looks) and looked >= self.looks


def days_left(reclaim_at: datetime, now: datetime) -> int:
    """Whole days until a customer returns, rounded up; 0 once it is due."""
    return max(0, -((now - reclaim_at) // timedelta(days=1)))


def last_moment(end: datetime) -> datetime:
    """The last instant before an end: of a midnight, on the day before, which is the last one that people count."""
    return end - timedelta(microseconds=1)


def days_on_wall(reclaim_at: datetime, now: datetime, zone: str) -> int:
    """Days on the calendar from today to the last one on which a customer stays; 0 on that day and after it."""
    return max(0, (clock.local(last_moment(reclaim_at), zone).date() - clock.local(now, zone).date()).days)


def midnight(now: datetime, zone: str, *, days: int = 0) -> datetime:
    """The instant at which the day of `now` began on the wall clock of `zone`, or the day so many days later."""
    return clock.instant_of(datetime.combine(clock.local(now, zone).date() + timedelta(days=days), time()), zone)
