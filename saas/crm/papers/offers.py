"""What a product says on a line: its words, its price for this customer, its tax, what it costs ourselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID

from saas import clock, money
from saas.crm.customers.models import Account
from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
from saas.crm.papers import rate_queries as rates
from saas.crm.products import tax_actions
from saas.crm.products import tax_queries as taxes
from saas.crm.products.models import Product
from saas.crm.products.price_queries import price_for
from saas.crm.products.pricing import Quoted
from saas.tenants import scope

PRICE_DIGITS = Decimal("0.0001")


@dataclass(frozen=True)
class Said:
    """What a product fills in: column of the grid → text; what one costs ourselves, in the paper's currency; and which
    price list its price is from.
    """

    cells: Mapping[str, str]
    cost: Decimal | None
    reason: str = ""


@dataclass(frozen=True)
class Offer:
    """What may be sold on one paper.

    currency: of the paper.
    account: whom it is for.
    on: the day whose prices count.
    taxes: key → words of the rates that may be chosen.
    usual_tax: the key of the rate that a line has unless another is chosen; "" where there is none.
    kept: products that stand on the paper already, sold or not.
    """

    currency: str
    account: Account | None
    on: date
    taxes: Mapping[str, str]
    usual_tax: str
    kept: Collection[UUID] = field(default_factory=frozenset)

    def keeps(self, product_id: UUID) -> bool:
        """True for what stands on the paper already."""
        return product_id in self.kept

    def has_tax(self, key: str) -> bool:
        """True for a rate that may be chosen."""
        return key in self.taxes

    def of(self, asked: Sequence[tuple[Product, Decimal]]) -> list[Said]:
        """What each product says of so many, in the same order."""
        ids, quantities = [product.id for product, _many in asked], [many for _product, many in asked]
        prices = price_for(ids, self.account, self.currency, quantities, self.on) if asked else []
        return [self._said(product, price) for (product, _many), price in zip(asked, prices, strict=True)]

    def _said(self, product: Product, quoted: Quoted | None) -> Said:
        price = self._here(quoted.price, quoted.currency) if quoted else None
        rate = taxes.every().get(product.tax_rate_id) if product.tax_rate_id else None
        cells = {
            "text": product.name,
            "unit": fields.label(Dictionary.UNIT, product.unit) or "",
            "price": "" if price is None else money.plain(price),
            "tax": tax_key(rate.name, rate.percent) if rate else self.usual_tax,
        }
        reason = quoted.list_name or "" if quoted else ""
        return Said(cells, self._here(product.cost, scope.workspace().currency), reason)

    def _here(self, amount: Decimal | None, currency: str) -> Decimal | None:
        """An amount in the paper's currency; None where no rate is known."""
        if amount is None or currency == self.currency:
            return amount
        there, here = rates.rate_of(currency, self.on), rates.rate_of(self.currency, self.on)
        return (amount * there.rate / here.rate).quantize(PRICE_DIGITS) if there and here else None


def offer(
    currency: str, account: Account | None, *, kept: Collection[UUID] = (), used: Sequence[tuple[str, Decimal]] = ()
) -> Offer:
    """What may be sold today.

    Args:
        currency: of the paper.
        account: whom it is for.
        kept: products that stand on it already.
        used: rates of tax that stand on it already, by name and percent.
    """
    offered = tax_actions.begun()
    keys = {tax_key(one.name, one.percent): tax_words(one.name, one.percent) for one in offered}
    keys |= {tax_key(*one): tax_words(*one) for one in used if one[0] or one[1]}
    usual = next((tax_key(one.name, one.percent) for one in offered if one.is_default), "")
    today = clock.local(clock.now(), scope.workspace().timezone).date()
    return Offer(currency, account, today, keys, usual, frozenset(kept))


def tax_key(name: str, percent: Decimal) -> str:
    """A rate of tax as a form sends it: "19|VAT"."""
    return f"{money.plain(percent)}|{name}" if name or percent else ""


def tax_of(key: str) -> tuple[str, Decimal]:
    """Name and percent of a rate that a form sent."""
    figure, _bar, name = key.partition("|")
    try:
        return name, Decimal(figure or 0)
    except InvalidOperation:
        return name, Decimal(0)


def tax_words(name: str, percent: Decimal) -> str:
    """A rate of tax as people read it: "VAT 19 %"."""
    return f"{name} {money.plain(percent)} %".strip()
