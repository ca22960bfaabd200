"""Quantities of products: at most three digits behind the mark, and none that say nothing. No session, no clock."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from saas import ui

STEP = Decimal("0.001")
COST_STEP = Decimal("0.0001")


def said(quantity: Decimal) -> str:
    """A quantity in the reader's way: 60, 2.5."""
    return ui.number(plain(quantity))


def signed(quantity: Decimal) -> str:
    """A change in the reader's way: +60, −2.5."""
    return f"{'+' if quantity > 0 else '−'}{said(abs(quantity))}" if quantity else said(quantity)


def plain(quantity: Decimal) -> Decimal:
    """The same without zeros at the end: 60.000 → 60."""
    whole = quantity.to_integral_value()
    return whole.quantize(Decimal(1)) if whole == quantity else quantity.normalize()


def average(had: Decimal, cost: Decimal | None, came: Decimal, unit_cost: Decimal) -> Decimal:
    """What one costs on average once some have come, or, with `came` below 0, once such a receipt is taken back.

    Args:
        had: on hand before; what is below zero counts as nothing.
        cost: what one of those cost; None where nobody knows.
        came: how many came.
        unit_cost: what one of these cost.
    """
    before, after = max(had, Decimal(0)), max(had, Decimal(0)) + came
    if cost is None or before == 0:
        return unit_cost
    if after <= 0:
        return cost
    found = (before * cost + came * unit_cost) / after
    return max(found, Decimal(0)).quantize(COST_STEP, ROUND_HALF_UP)


def suggested(available: Decimal, coming: Decimal, fill_to: Decimal, pack_size: Decimal | None) -> Decimal:
    """How much to buy: what lacks to `fill_to` beyond what is coming, in whole packs; nothing where nothing lacks."""
    lacking = fill_to - available - coming
    if lacking <= 0:
        return Decimal(0)
    if not pack_size:
        return lacking
    return (lacking / pack_size).to_integral_value(ROUND_CEILING) * pack_size
