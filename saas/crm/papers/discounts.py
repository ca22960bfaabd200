"""How much off a paper gives, measured by what the customer would pay without asking."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from saas.crm.papers.models import Line, LineKind, Paper
from saas.crm.papers.offers import offer
from saas.crm.products.price_queries import price_for
from saas.crm.products.pricing import given_away


def most_off(paper: Paper, lines: Sequence[Line]) -> Decimal:
    """The most that a line gives off, in percent, rounded up to three digits; 0 where nothing does.

    A line of a product is measured by the price that the customer gets for so many; so a price typed lower counts as
    the discount that it is. Any other line has only the discount that was typed.
    """
    counted = [line for line in lines if line.counts or line.kind is LineKind.OPTION]
    named = [line for line in counted if line.product_id is not None]
    today = offer(paper.currency, paper.account).on
    prices = price_for(
        [line.product_id for line in named if line.product_id],
        paper.account,
        paper.currency,
        [abs(line.quantity) for line in named],
        today,
    )
    usual = {
        line.id: quoted.price
        for line, quoted in zip(named, prices, strict=True)
        if quoted is not None and quoted.currency == paper.currency
    }
    found = [_off(line, usual.get(line.id)) for line in counted]
    return max([Decimal(0), *found])


def _off(line: Line, usual: Decimal | None) -> Decimal:
    return given_away(usual, line.price, line.discount) if usual else line.discount
