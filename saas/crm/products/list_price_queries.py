"""List prices: of a product, of a variant that has none of its own, of a bundle that is the sum of its parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from saas.crm.products import bundle_queries as bundles
from saas.crm.products.models import BundlePart, Product
from saas.crm.products.price_models import ProductPrice
from saas.crm.products.pricing import summed
from saas.db import db


@dataclass
class Listed:
    """What a product costs without any price list.

    currency: its own.
    prices: currency → price of one.
    parent_id: the product that it is a variant of.
    """

    currency: str
    parent_id: UUID | None
    is_bundle: bool
    percent_off: Decimal | None
    prices: dict[str, Decimal] = field(default_factory=dict)

    def place(self, one: tuple[str, Decimal]) -> tuple[bool, str]:
        """Where a price stands among the others: that in its own currency first."""
        return one[0] != self.currency, one[0]


def list_prices(ids: Collection[UUID]) -> dict[UUID, Listed]:
    """Product → what it costs without any price list; at most five statements, two where there are plain products."""
    found = _read(ids)
    parts = bundles.parts_of([key for key, one in found.items() if one.is_bundle and not one.prices])
    found |= _read({part.part_id for rows in parts.values() for part in rows} - found.keys())
    found |= _read({one.parent_id for one in found.values() if one.parent_id} - found.keys())
    for one in found.values():
        parent = found.get(one.parent_id) if one.parent_id else None
        one.prices = {**(parent.prices if parent else {}), **one.prices}
    for key, rows in parts.items():
        found[key].prices = _of_parts(found[key], rows, found)
    return {key: found[key] for key in ids if key in found}


def _of_parts(bundle: Listed, rows: list[BundlePart], found: Mapping[UUID, Listed]) -> dict[str, Decimal]:
    """Currency → price, of those currencies in which each part has one."""
    currencies = set.intersection(*(set(found[row.part_id].prices) for row in rows))
    return {
        currency: summed([(found[r.part_id].prices[currency], r.quantity) for r in rows], bundle.percent_off)
        for currency in currencies
    }


def _read(ids: Collection[UUID]) -> dict[UUID, Listed]:
    if not ids:
        return {}
    columns = (Product.id, Product.currency, Product.price, Product.variant_of_id, Product.is_bundle)
    rows = db.session.execute(select(*columns, Product.percent_off).where(Product.id.in_(ids)))
    found = {
        row.id: Listed(
            row.currency,
            row.variant_of_id,
            row.is_bundle,
            row.percent_off,
            {row.currency: row.price} if row.price is not None else {},
        )
        for row in rows
    }
    for price in db.session.scalars(select(ProductPrice).where(ProductPrice.product_id.in_(ids))):
        found[price.product_id].prices.setdefault(price.currency, price.price)
    return found
