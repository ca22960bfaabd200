"""What is to be billed: what was delivered of an order, the next period of a contract. No session, no clock."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from saas import money
from saas.crm.contracts.models import Every
from saas.crm.orders.models import OrderLine

ZERO, WHOLE = Decimal(0), Decimal(1)
MONTHS = {Every.MONTH: 1, Every.YEAR: 12}
A_DAY = timedelta(days=1)
STEP = Decimal("0.001")  # of a quantity


def due_of(lines: Sequence[OrderLine], billed: Mapping[UUID, Decimal]) -> dict[UUID, Decimal]:
    """Line of an order → how much of it is to be billed now: what the customer keeps of what was delivered, less what
    was billed. What is taken off the price goes along with the first goods, whole.

    Args:
        lines: of the order.
        billed: line → how much stands on invoices, less what was credited of them.
    """
    counted = [line for line in lines if line.counts]
    due = {line.id: (line.kept if line.is_goods else line.quantity) - billed.get(line.id, ZERO) for line in counted}
    goods = {line.id: due[line.id] for line in counted if line.is_goods and due[line.id] > 0}
    if not goods:
        return {}
    return goods | {line.id: due[line.id] for line in counted if not line.is_goods and due[line.id] < 0}


def is_last(lines: Sequence[OrderLine], billed: Mapping[UUID, Decimal]) -> bool:
    """True when all that was ordered is billed."""
    return all(billed.get(line.id, ZERO) == line.quantity for line in lines if line.counts)


def rounding(missing: Decimal, currency: str, lines: int) -> Decimal:
    """What the last invoice of an order has to add, or to take off below 0, so that all of them come to its total; 0
    where what is missing is more than rounding makes of so many lines: then somebody has changed one on purpose.
    """
    least = WHOLE.scaleb(-money.places(currency))
    return missing if abs(missing) <= least * lines else ZERO


@dataclass(frozen=True)
class Period:
    """For what a contract is billed: from its first to its last day (None: no end is known), and the share of a whole
    month or year that is; below 1 where the contract ends within.
    """

    first: date
    last: date | None
    share: Decimal = WHOLE


def next_period(every: Every, starts_on: date, ends_on: date | None, billed_until: date | None) -> Period | None:
    """The period of a contract that is billed next; None: all is billed.

    Args:
        every: for what its total is paid.
        starts_on, ends_on: its first and last day; None: it has no end.
        billed_until: the last day that stands on an invoice; None: none does.
    """
    first = billed_until + A_DAY if billed_until else starts_on
    if ends_on is not None and first > ends_on:
        return None
    if every is Every.ONCE:
        return Period(starts_on, ends_on) if billed_until is None else None
    last, turn = starts_on, 0
    while last <= first:
        turn += 1
        last = months_after(starts_on, turn * MONTHS[every])
    last -= A_DAY
    if ends_on is None or last <= ends_on:
        return Period(first, last)
    begun = months_after(starts_on, (turn - 1) * MONTHS[every])
    share = Decimal((ends_on - first).days + 1) / ((last - begun).days + 1)
    return Period(first, ends_on, share.quantize(STEP, ROUND_HALF_UP))


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where that is shorter."""
    turn = day.year * 12 + day.month - 1 + months
    year, month = divmod(turn, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
