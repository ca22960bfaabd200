"""When an account returns to the pool, worked out of its row and the rules; nothing here reads or writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Self

from saas import clock
from saas.crm.customers.models import Account, ReclaimReason, Standing

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)  # of what keeps an account until it is lifted
KEY = "pool.rules"  # of the setting that holds the rules

Return = tuple[datetime | None, ReclaimReason | None]


@dataclass(frozen=True, kw_only=True)
class Clocks:
    """Which limits run for an account, each a number of days; 0: that clock doesn't run.

    For one that has bought only `contract_days` does; all of them for one that is tracked.

    days: since the last contact, or since its owner has it.
    levels: instead of `days`, for accounts of these levels.
    deal_days: since its owner has it, or since the last deal ended, without an open deal.
    won_days: since its owner has it, without a purchase.
    contract_days: since its last contract ended, or since its owner has it.
    is_working: days off don't count.
    weekend: days of the week that are off, 0 for Monday.
    holidays: dates that are off too, ISO.
    grace: for so many days after rules that end a clock sooner have begun to hold, nobody loses a customer by them that
        he had before: first he is warned.
    begun: the instant at which they began to hold, ISO; "": they are the first.
    before: the limits that held until then, as `kept_clocks` says them; none where they ended no clock later.
    """

    days: int = 15
    levels: Mapping[str, int] = field(default_factory=dict)
    deal_days: int = 0
    won_days: int = 90
    contract_days: int = 0
    is_working: bool = False
    weekend: tuple[int, ...] = (5, 6)
    holidays: tuple[str, ...] = ()
    grace: int = 7
    begun: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def old(self) -> Clocks | None:
        """The limits that held before, where whoever has a customer is still to be warned of these."""
        return Clocks.of(self.before) if self.begun and self.before else None

    def spared_until(self, zone: str) -> datetime | None:
        """Until when nobody loses a customer by limits that hold since lately; None: nobody is spared."""
        if not (self.begun and self.before and self.grace):
            return None
        day = clock.local(datetime.fromisoformat(self.begun), zone).date() + timedelta(days=self.grace)
        return end_of(day, zone)

    def kept_clocks(self) -> dict[str, Any]:
        """The limits alone, as a setting holds them."""
        held = {one.name: getattr(self, one.name) for one in fields(Clocks)}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in held.items()}

    def has_same_limits(self, other: Clocks) -> bool:
        """True where the same clocks run as with the other ones."""
        own = {one.name for one in fields(Clocks)} - {"grace", "begun", "before"}
        return all(getattr(self, name) == getattr(other, name) for name in own)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """The rules that a setting holds; what it lacks is the default."""
        names = {one.name for one in fields(cls)}
        found: dict[str, Any] = {
            name: tuple(v) if isinstance(v, list) else v for name, v in kept.items() if name in names
        }
        return cls(**found)

    def idle_days(self, level: str | None) -> int:
        """For how long an account of this level may be left alone."""
        return self.levels.get(level or "", self.days)

    def is_off(self, day: date) -> bool:
        """True on a weekend or a holiday."""
        return day.weekday() in self.weekend or day.isoformat() in self.holidays

    def later(self, since: datetime, days: int, zone: str) -> datetime:
        """The instant so many days after `since`, by the same time on the wall where only working days count."""
        if not self.is_working or len(set(self.weekend)) > 6:
            return since + timedelta(days=days)
        wall = clock.local(since, zone).replace(tzinfo=None)
        day, left = wall.date(), days
        while left:
            day += timedelta(days=1)
            left -= not self.is_off(day)
        return clock.instant_of(datetime.combine(day, wall.time()), zone)


def running(account: Account, clocks: Clocks, zone: str) -> Iterator[tuple[datetime, ReclaimReason]]:
    """Each clock that runs for the account: when it ends, and what it is called."""
    since = account.owned_since
    if since is None or not may_return(account):
        return
    if clocks.contract_days and (over := account.contract_until) is not None:
        yield clocks.later(_latest(since, over), clocks.contract_days, zone), ReclaimReason.CONTRACT_OVER
    if account.standing is not Standing.TRACKED:
        return
    if account.intent_due_at is not None:
        yield account.intent_due_at, ReclaimReason.MISSED_INTENT
    if days := clocks.idle_days(account.level):
        yield clocks.later(_latest(since, account.last_contact_at), days, zone), ReclaimReason.NO_CONTACT
    if clocks.deal_days and not account.has_deal:
        yield clocks.later(_latest(since, account.deal_ended_at), clocks.deal_days, zone), ReclaimReason.NO_DEAL
    if clocks.won_days:
        yield clocks.later(since, clocks.won_days, zone), ReclaimReason.NOT_WON


def may_return(account: Account) -> bool:
    """True when a rule could return the account: it is tracked, or has bought and had a contract that has an end."""
    has_bought = account.standing is Standing.CUSTOMER
    return account.standing is Standing.TRACKED or (has_bought and account.contract_until is not None)


def return_of(account: Account, clocks: Clocks, zone: str) -> Return:
    """When the rules return the account, and by which; the earliest clock wins, but not before what keeps it ends, nor
    before its owner was warned of rules that have begun to hold.
    """
    at, reason = min(running(account, clocks, zone), default=(None, None))
    kept = account.kept_until
    if at is None or (kept is not None and kept >= FOREVER):
        return None, None
    if (spared := grace_of(account, at, clocks, zone)) is not None:
        at = spared
    return (at if kept is None else max(at, kept)), reason


def grace_of(account: Account, at: datetime, clocks: Clocks, zone: str) -> datetime | None:
    """Until when an account whose clock ends at `at` stays for having been under other rules; None: it isn't spared.

    It is spared no longer than those others would have let it stay, and not where its owner got it under these.
    """
    until, since = clocks.spared_until(zone), account.owned_since
    if until is None or at >= until or clocks.old is None or since is None:
        return None
    if since >= datetime.fromisoformat(clocks.begun):
        return None
    before, _why = return_of(account, clocks.old, zone)
    spared = until if before is None else min(before, until)
    return spared if spared > at else None


def end_of(day: date, zone: str) -> datetime:
    """The instant at which `day` is over on the wall clock of `zone`."""
    return clock.instant_of(datetime.combine(day + timedelta(days=1), time()), zone)


def _latest(*times: datetime | None) -> datetime:
    return max(at for at in times if at is not None)


def lasting(ends: Iterable[datetime | None]) -> datetime | None:
    """Until when several shields keep an account; one without an end keeps it until it is lifted."""
    return max((end or FOREVER for end in ends), default=None)
