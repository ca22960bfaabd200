"""Which price a customer gets: pure, no session, no request, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from uuid import UUID

from saas.crm.products.price_models import Audience

SPECIAL = (Audience.ALL, Audience.LEVEL, Audience.GROUP, Audience.ACCOUNT)  # the later goes before the earlier
PRECISION = Decimal("0.0001")  # of the price of one
ALL_OF_IT = Decimal(100)  # percent


@dataclass(frozen=True)
class Offer:
    """One step of a price list that is open to the customer.

    from_quantity: from how many on it holds; 0 from the first.
    price, percent_off: one of them; 15 is 15 % off the list price in the list's currency.
    """

    list_id: UUID
    list_name: str
    audience: Audience
    currency: str
    starts_on: date | None
    ends_on: date | None
    from_quantity: Decimal
    price: Decimal | None = None
    percent_off: Decimal | None = None

    def holds(self, currency: str, quantity: Decimal, on: date) -> bool:
        """True when it may be chosen: its currency, its days, its step."""
        is_now = (self.starts_on is None or self.starts_on <= on) and (self.ends_on is None or on <= self.ends_on)
        return is_now and self.currency == currency and self.from_quantity <= quantity


@dataclass(frozen=True)
class Quoted:
    """The price of one, and why it is this.

    price: of one unit, without tax, in `currency`.
    list_price: without any price list, in the same currency; None where there is none.
    list_id, list_name: the price list that says so; None: the list price.
    from_quantity: the step that was reached; 0 for none.
    percent_off: where the price list gives a percentage off the list price.
    """

    price: Decimal
    currency: str
    list_price: Decimal | None
    list_id: UUID | None = None
    list_name: str | None = None
    from_quantity: Decimal = Decimal(0)
    percent_off: Decimal | None = None


def chosen(
    list_prices: Mapping[str, Decimal], own_currency: str, offers: Iterable[Offer], *, currency: str,
    quantity: Decimal, on: date,
) -> Quoted | None:  # fmt: skip
    """The price of one for a quantity on a day.

    The most special list wins (customer, then group, then level, then everyone), of two the one that began last, and
    in it the highest step that is reached. A percentage counts only where there is a list price to take it off.

    Args:
        list_prices: currency → list price.
        own_currency: the product's; its list price is the answer where nothing has a price in `currency`.
        offers: of the price lists that are open to the customer.
        currency: in which one pays.
        quantity: how many, at least 0.
        on: the day.

    Returns:
        None where there is no price at all; in `own_currency` where there is none in `currency`.
    """
    list_price = list_prices.get(currency)
    open_ones = [
        offer
        for offer in offers
        if offer.holds(currency, quantity, on) and (offer.price is not None or list_price is not None)
    ]
    if open_ones:
        best = max(open_ones, key=_rank)
        price = best.price if best.price is not None else less(list_price or Decimal(), best.percent_off or Decimal())
        why = {"list_id": best.list_id, "list_name": best.list_name, "percent_off": best.percent_off}
        return Quoted(price, currency, list_price, from_quantity=best.from_quantity, **why)  # type: ignore[arg-type]
    for one in (currency, own_currency):
        if one in list_prices:
            return Quoted(list_prices[one], one, list_prices[one])
    return None


def less(price: Decimal, percent: Decimal) -> Decimal:
    """A price of one with a percentage off: 15 is 15 %."""
    return (price * (100 - percent) / 100).quantize(PRECISION, ROUND_HALF_UP)


def summed(parts: Iterable[tuple[Decimal, Decimal]], percent_off: Decimal | None) -> Decimal:
    """What a bundle costs: its parts, (price of one, how many), less a percentage."""
    return less(sum((price * quantity for price, quantity in parts), Decimal()), percent_off or Decimal())


def given_away(usual: Decimal | None, price: Decimal, percent_off: Decimal = Decimal(0)) -> Decimal:
    """What is given off the usual price, in percent: by a lower price, by a percentage, or by both.

    Args:
        usual: the price of one that the customer has without asking (`Quoted.price`); None or 0: nothing is given off.
        price: that somebody wrote instead, of one.
        percent_off: and the percentage that he takes off it; 15 is 15 %.

    Returns:
        15 for 15 %, rounded up to three digits, so that nothing slips under a limit; never below 0.
    """
    if not usual:
        return Decimal(0)
    paid = price * (100 - percent_off) / 100
    return max(((usual - paid) / usual * 100).quantize(Decimal("0.001"), ROUND_CEILING), Decimal(0))


def _rank(offer: Offer) -> tuple[int, date, UUID, Decimal]:
    return SPECIAL.index(offer.audience), offer.starts_on or date.min, offer.list_id, offer.from_quantity
