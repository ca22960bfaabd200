"""Reads of bundles."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from saas.crm.products.models import BundlePart, Product
from saas.db import db


def parts(bundle_id: UUID) -> list[BundlePart]:
    """The parts of a bundle, each with its product, by name."""
    statement = (
        select(BundlePart, Product)
        .join(Product, Product.id == BundlePart.part_id)
        .where(BundlePart.bundle_id == bundle_id)
        .order_by(Product.name_key, Product.id)
    )
    return [part for part, _product in db.session.execute(statement)]


def parts_of(bundle_ids: Collection[UUID]) -> dict[UUID, list[BundlePart]]:
    """Bundle → its parts, of many at once."""
    found: dict[UUID, list[BundlePart]] = {}
    if not bundle_ids:
        return found
    mine = select(BundlePart).where(BundlePart.bundle_id.in_(bundle_ids)).order_by(BundlePart.id)
    for part in db.session.scalars(mine):
        found.setdefault(part.bundle_id, []).append(part)
    return found


def bundles_with(part_id: UUID) -> list[Product]:
    """The bundles that a product is a part of, by name."""
    statement = (
        select(Product)
        .join(BundlePart, BundlePart.bundle_id == Product.id)
        .where(BundlePart.part_id == part_id)
        .order_by(Product.name_key, Product.id)
    )
    return list(db.session.scalars(statement))


def lock_products(ids: Collection[UUID]) -> list[Product]:
    """Products, held until the transaction ends, in one order for everybody."""
    held = select(Product).where(Product.id.in_(ids)).order_by(Product.id).with_for_update()
    return list(db.session.scalars(held.execution_options(populate_existing=True)))
