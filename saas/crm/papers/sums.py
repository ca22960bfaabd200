"""What the lines of a paper come to. Pure: no session, no request, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from saas import money

ZERO = Decimal(0)


class TaxRule(StrEnum):
    """Where the tax is rounded: once for each rate, or on every line."""

    BY_RATE = "rate"
    BY_LINE = "line"


TAX_RULE_WORDS = {
    TaxRule.BY_RATE: _l("Tax is worked out on the sum of each rate and rounded once."),
    TaxRule.BY_LINE: _l("Tax is worked out and rounded on every line."),
}


@dataclass(frozen=True)
class Priced:
    """What the sums need of a line.

    quantity: units; below 0 on what is given back.
    price: of one unit, in the paper's currency, without tax.
    discount: percent of the price, 0 to 100.
    tax_name, tax_percent: the rate, as the paper names it; percent.
    cost: of one unit, in the paper's currency; None: not known.
    """

    quantity: Decimal
    price: Decimal
    discount: Decimal = ZERO
    tax_name: str = ""
    tax_percent: Decimal = ZERO
    cost: Decimal | None = None


@dataclass(frozen=True)
class TaxSum:
    """What is taxed at one rate, and the tax on it, in the paper's currency."""

    name: str
    percent: Decimal
    net: Decimal
    tax: Decimal


@dataclass(frozen=True)
class Sums:
    """What a paper comes to, in its currency: gross = net + tax, and net is the sum of the lines' nets.

    taxes: a row per rate, the highest first.
    margin: net less cost; None where the cost of a line isn't known.
    """

    net: Decimal
    tax: Decimal
    gross: Decimal
    taxes: tuple[TaxSum, ...]
    margin: Decimal | None

    @property
    def margin_percent(self) -> Decimal | None:
        """The margin in percent of the net, to a tenth; None where there is none to tell."""
        if self.margin is None or not self.net:
            return None
        return (self.margin * 100 / self.net).quantize(Decimal("0.1"))


def net(line: Priced, currency: str) -> Decimal:
    """What a line comes to without tax: quantity × price × (1 − discount), rounded once."""
    return money.rounded(line.quantity * line.price * (100 - line.discount) / 100, currency)


def sums(lines: Iterable[Priced], currency: str, rule: TaxRule = TaxRule.BY_RATE) -> Sums:
    """What a paper comes to.

    Args:
        lines: those that count; the order doesn't matter.
        currency: of all prices and costs, ISO 4217.
        rule: where the tax is rounded.
    """
    nets: dict[tuple[str, Decimal], Decimal] = {}
    taxes: dict[tuple[str, Decimal], Decimal] = {}
    margin: Decimal | None = ZERO
    for line in lines:
        rate, amount = (line.tax_name, line.tax_percent.normalize()), net(line, currency)
        nets[rate] = nets.get(rate, ZERO) + amount
        taxes[rate] = taxes.get(rate, ZERO) + money.share(amount, line.tax_percent, currency)
        if line.cost is None or margin is None:
            margin = None
        else:
            margin += amount - money.rounded(line.quantity * line.cost, currency)
    if rule is TaxRule.BY_RATE:
        taxes = {rate: money.share(amount, rate[1], currency) for rate, amount in nets.items()}
    rows = [TaxSum(name, percent, nets[name, percent], taxes[name, percent]) for name, percent in nets]
    whole, tax = (money.rounded(sum(found.values(), ZERO), currency) for found in (nets, taxes))
    ordered = tuple(sorted(rows, key=lambda row: (-row.percent, row.name)))
    return Sums(whole, tax, whole + tax, ordered, margin if nets else None)
