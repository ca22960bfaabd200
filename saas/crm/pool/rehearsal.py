"""Rules tried on what has happened: which customers they would have returned, and when. No session, no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from saas.crm.pool.rules import Rules


@dataclass
class History:
    """What is known of one customer since its owner has it; times are instants, UTC.

    contacts: when somebody spoke to it since the beginning of the rehearsal.
    deals: since then too: (when, 1 for one opened or taken up again, -1 for one that ended).
    had_deal: a deal was open when the rehearsal begins.
    won_at: when it bought; None: it hasn't.
    contract_until: when the last of its contracts that have an end is over, as we know today; None: it had none.
    """

    account_id: UUID
    name: str
    owner_id: UUID
    level: str | None
    since: datetime
    won_at: datetime | None = None
    had_deal: bool = False
    contacts: list[datetime] = field(default_factory=list)
    deals: list[tuple[datetime, int]] = field(default_factory=list)
    contract_until: datetime | None = None


NAMED = 10  # sales that are told by the customer's name


@dataclass
class Rehearsal:
    """What rules would have done.

    moved: member → customers that would have left him.
    won: member → those of them that bought from him later: a sale that would have been taken away.
    lost_sales: the names of the first of those.
    """

    moved: Counter[UUID] = field(default_factory=Counter)
    won: Counter[UUID] = field(default_factory=Counter)
    lost_sales: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """What a draft holds."""
        moved, won = ({UUID(key): n for key, n in kept.get(name, {}).items()} for name in ("moved", "won"))
        return cls(Counter(moved), Counter(won), list(kept.get("lost_sales", ())))

    def kept(self) -> dict[str, Any]:
        """It as a draft holds it."""
        counts = {name: {str(key): n for key, n in getattr(self, name).items()} for name in ("moved", "won")}
        return counts | {"lost_sales": self.lost_sales}

    def add(self, other: Rehearsal) -> None:
        """Take in what the same rules would have done with other customers."""
        self.moved += other.moved
        self.won += other.won
        self.lost_sales = (self.lost_sales + other.lost_sales)[:NAMED]

    @property
    def total(self) -> int:
        """Customers that would have moved."""
        return self.moved.total()

    def weekly(self, start: datetime, now: datetime) -> float:
        """Customers that would have come to the pool in a week, on average."""
        return self.total / max((now - start).days / 7, 1)


def rehearse(histories: Iterable[History], rules: Rules, start: datetime, now: datetime, zone: str) -> Rehearsal:
    """Replay the time from `start` to `now`.

    Nothing is held against anybody that he did, or didn't, before `start`: from then on the days without contact and
    without a deal are counted. The days until it is won are counted from when its owner has it.
    """
    found = Rehearsal()
    for one in histories:
        at = gone_at(one, rules, start, zone)
        is_lost = one.won_at is not None
        if at is None or (one.won_at is not None and max(at, start) >= one.won_at):
            at, is_lost = _after_contract(one, rules, zone), False  # the other clocks had stopped
        if at is None or at > now:
            continue
        found.moved[one.owner_id] += 1
        if is_lost:
            found.won[one.owner_id] += 1
            if len(found.lost_sales) < NAMED:
                found.lost_sales.append(one.name)
    return found


def gone_at(one: History, rules: Rules, start: datetime, zone: str) -> datetime | None:
    """When the rules would first have returned the customer; None: not yet, by anything that has happened so far."""
    ends: list[datetime | None] = []
    since = max(one.since, start)
    if days := rules.idle_days(one.level):
        ends.append(_first_gap(since, one.contacts, days, rules, zone))
    if rules.won_days:
        ends.append(rules.later(one.since, rules.won_days, zone))
    if rules.deal_days:
        ends.append(_without_deal(one, rules, since, zone))
    if one.won_at is None:
        ends.append(_after_contract(one, rules, zone))
    return min((end for end in ends if end is not None), default=None)


def _first_gap(since: datetime, contacts: Sequence[datetime], days: int, rules: Rules, zone: str) -> datetime:
    end = rules.later(since, days, zone)
    for at in sorted(contacts):
        if at > end:
            break
        end = max(end, rules.later(at, days, zone))
    return end


def _after_contract(one: History, rules: Rules, zone: str) -> datetime | None:
    if not rules.contract_days or one.contract_until is None:
        return None
    return rules.later(max(one.since, one.contract_until), rules.contract_days, zone)


def _without_deal(one: History, rules: Rules, since: datetime, zone: str) -> datetime | None:
    running, end = int(one.had_deal), rules.later(since, rules.deal_days, zone)
    for at, step in sorted(one.deals):
        if running == 0 and at > end:
            return end
        running = max(0, running + step)
        end = rules.later(max(at, since), rules.deal_days, zone)
    return end if running == 0 else None
