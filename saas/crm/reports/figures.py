"""What a report says of a month: numbers and rows, without the words of a language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from saas.crm.opportunities.models import Result
from saas.crm.opportunities.queries import StageSum
from saas.months import Month
from saas.tenants.permissions import Reach

Counted = tuple[str | None, int]  # name (None: nobody said), how many
Sums = dict[str, Decimal]  # currency → amount


@dataclass(frozen=True)
class Customers:
    """Who came to the books in the month."""

    by_month: list[tuple[date, int]]  # the months up to this one, the last is the report's
    first_sales: int  # customers who bought for the first time in the month
    by_source: list[Counted]
    by_owner: list[Counted]
    rows: Sequence[Any]  # name, number, source, owner, created_at; the newest, not all

    @property
    def added(self) -> int:
        """How many were added in the month."""
        return self.by_month[-1][1]

    @property
    def added_before(self) -> int:
        """How many in the month before."""
        return self.by_month[-2][1]


@dataclass(frozen=True)
class Pipeline:
    """The open deals as they stand when the report is made."""

    stages: list[StageSum]

    @property
    def count(self) -> int:
        """All of them."""
        return sum(one.count for one in self.stages)

    @property
    def without_amount(self) -> int:
        """Those that name no amount, and are in no sum."""
        return sum(one.without_amount for one in self.stages)

    @property
    def amounts(self) -> Sums:
        """What they come to."""
        return total([one.amounts for one in self.stages])

    @property
    def weighted(self) -> Sums:
        """What they come to, times the probability of their stages."""
        return total([one.weighted() for one in self.stages])


@dataclass
class Closed:
    """Deals that ended in one month with one result."""

    count: int = 0
    amounts: Sums = field(default_factory=dict)


@dataclass(frozen=True)
class Sales:
    """What was won and lost."""

    by_month: list[tuple[date, dict[Result, Closed]]]  # the months up to this one, the last is the report's
    rows: Sequence[Any]  # name, account, owner, amount, currency, closed_on: won in the month, the largest, not all
    reasons: list[Counted]  # why deals were lost in the month

    @property
    def won(self) -> Closed:
        """What was won in the month."""
        return self.by_month[-1][1][Result.WON]

    @property
    def lost(self) -> Closed:
        """What was lost in the month."""
        return self.by_month[-1][1][Result.LOST]


@dataclass(frozen=True)
class Times:
    """How long something took: how often it happened, the middle one, the longest."""

    count: int
    median: timedelta | None
    slowest: timedelta | None


@dataclass(frozen=True)
class Complaints:
    """Complaints filed in the month, and how they were dealt with since."""

    filed: int
    answer: Times
    solution: Times
    open_now: int  # whenever they were filed
    rows: Sequence[Any]  # number, subject, account, created_at, first_answer_at, solved_at; the newest, not all

    @property
    def unanswered(self) -> int:
        """Filed in the month and never answered."""
        return self.filed - self.answer.count


@dataclass(frozen=True)
class Figures:
    """A whole report. A part that its reader may not see is None."""

    month: Month
    at: datetime  # when they were counted
    reach: Reach
    currency: str  # the workspace's
    customers: Customers | None
    pipeline: Pipeline | None
    sales: Sales | None
    complaints: Complaints | None


def total(parts: Sequence[Sums]) -> Sums:
    """Sums of several kinds together, by currency."""
    found: Sums = {}
    for part in parts:
        for currency, amount in part.items():
            found[currency] = found.get(currency, Decimal()) + amount
    return found


def main_currency(parts: Sequence[Sums], ours: str) -> str:
    """The currency in which a chart is drawn, which can show one only: ours, unless nothing is in it."""
    found = total(parts)
    return ours if ours in found or not found else max(found, key=lambda currency: found[currency])
