"""What a forecast says: sums of deals by month and person, without a session and without words."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from saas import months
from saas.crm.opportunities.categories import Category

Sums = dict[str, Decimal]  # currency → amount
PACE = 12  # whole months from which the usual pace is told
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Part:
    """Deals of one person that count alike in one month: what is open by the month expected, or won in the month.

    category: what open ones count as; None: they are won.
    amount, weighted: sums of those that name an amount; weighted by each deal's probability.
    """

    month: date
    owner_id: UUID | None
    team_id: UUID | None
    category: Category | None
    currency: str
    count: int
    unpriced: int
    amount: Decimal
    weighted: Decimal


@dataclass(frozen=True)
class Said:
    """The last number that was stated for a person's month: the owner's own, or an adjusted one."""

    month: date
    owner_id: UUID
    team_id: UUID | None
    currency: str
    amount: Decimal
    is_own: bool


@dataclass
class Measures:
    """The ways of saying what a span of time will bring, side by side; sums by currency."""

    won: Sums = field(default_factory=dict)
    commit: Sums = field(default_factory=dict)
    best: Sums = field(default_factory=dict)  # what is committed included
    weighted: Sums = field(default_factory=dict)
    rate: Sums = field(default_factory=dict)
    call: Sums = field(default_factory=dict)
    adjusted: Sums = field(default_factory=dict)
    deals: int = 0  # open ones that count
    unpriced: int = 0  # of those, without amount

    def add(self, part: Part) -> None:
        """Count deals in."""
        if part.category is None:
            put(self.won, part.currency, part.amount)
            return
        if part.category is Category.OMITTED:
            return
        self.deals += part.count
        self.unpriced += part.unpriced
        put(self.weighted, part.currency, part.weighted)
        if part.category is not Category.PIPELINE:
            put(self.best, part.currency, part.amount)
        if part.category is Category.COMMIT:
            put(self.commit, part.currency, part.amount)

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to say."""
        sums = (self.won, self.commit, self.best, self.weighted, self.rate, self.call, self.adjusted)
        return not self.deals and not any(amount for one in sums for amount in one.values())


def put(sums: Sums, currency: str, amount: Decimal) -> None:
    """Add an amount to the sum of its currency."""
    sums[currency] = sums.get(currency, Decimal()) + amount


def gathered(
    parts: Iterable[Part],
    said: Iterable[Said],
    spans: Sequence[date],
    span_of: Callable[[date], date],
    key: Any,
    *,
    today: date,
) -> dict[tuple[date, Hashable], Measures]:
    """The measures of each span and group.

    Args:
        parts: open deals by the month expected, and what was won in the months of the spans and the twelve before.
        said: the last numbers stated.
        spans: the first months of the spans, in their order.
        span_of: the first month of a month → its span.
        key: Part or Said → the group that it belongs to.
        today: the workspace's day.

    Returns:
        (span, group) → measures, of groups that have any.
    """
    found: dict[tuple[date, Hashable], Measures] = {}
    wanted, this_month = set(spans), today.replace(day=1)
    lately = months.before(this_month, PACE)
    paces: dict[Hashable, Sums] = {}
    for part in parts:
        if part.category is None and lately <= part.month < this_month:
            put(paces.setdefault(key(part), {}), part.currency, part.amount)
        if (span := span_of(part.month)) in wanted:
            found.setdefault((span, key(part)), Measures()).add(part)
    for group, sums in paces.items():
        for span in spans:
            here = found.setdefault((span, group), Measures())
            for currency, amount in sums.items():
                put(here.rate, currency, (amount / PACE * months_left(span, span_of, today)).quantize(CENT))
    for one in said:
        if (span := span_of(one.month)) in wanted:
            here = found.setdefault((span, key(one)), Measures())
            put(here.call if one.is_own else here.adjusted, one.currency, one.amount)
    return {place: measures for place, measures in found.items() if not measures.is_empty}


def months_left(span: date, span_of: Callable[[date], date], today: date) -> Decimal:
    """How many months of a span are still to come, today included; the running one by its days."""
    left, month = Decimal(), span
    while span_of(month) == span:
        if month > today:
            left += 1
        elif (month.year, month.month) == (today.year, today.month):
            days = monthrange(month.year, month.month)[1]
            left += Decimal(days - today.day + 1) / days
        month = months.after(month)
    return left


@dataclass(frozen=True)
class Held:
    """What was said of a person's month at its beginning, and what he won in it; in one currency.

    said: measure → amount; without those that were not stated.
    """

    month: date
    owner_id: UUID | None
    said: dict[str, Decimal]
    won: Decimal


def error(said: Decimal, won: Decimal) -> Decimal | None:
    """By which share of what was won too much (above 0) or too little was said; None where nothing was won."""
    return (said - won) / won if won else None


def usual_error(held: Sequence[Held], measure: str, *, least: int) -> Decimal | None:
    """How far a measure lies off over several months: the misses, up or down, as a share of what was won.

    Args:
        held: a person's months, or all people's.
        measure: "weighted", "commit", "best", "rate" or "call".
        least: months below which nothing is said.

    Returns:
        A share of 0 or more; None with too few months, or where nothing was won.
    """
    known = [one for one in held if measure in one.said]
    won = sum((one.won for one in known), Decimal())
    if len({one.month for one in known}) < least or not won:
        return None
    return sum((abs(one.said[measure] - one.won) for one in known), Decimal()) / won
