"""Reads of variants: products that differ in a few attributes, such as colour and size."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import exists, select

from saas.crm.products.models import Product
from saas.db import db


def variants(product_id: UUID) -> list[Product]:
    """The variants of a product, archived ones last, in the order in which they were made."""
    mine = select(Product).where(Product.variant_of_id == product_id)
    return list(db.session.scalars(mine.order_by(Product.archived_at.is_not(None), Product.id)))


def lock_family(product_id: UUID) -> list[Product]:
    """A product and its variants, held until the transaction ends: two who make variants at once take turns."""
    mine = select(Product).where((Product.id == product_id) | (Product.variant_of_id == product_id))
    held = mine.order_by(Product.id).with_for_update().execution_options(populate_existing=True)
    return list(db.session.scalars(held))


def has_variants(product_id: UUID) -> bool:
    """True when a product has any, archived ones among them."""
    return bool(db.session.scalar(select(exists().where(Product.variant_of_id == product_id))))


def family_of(product: Product) -> UUID:
    """The product whose family this is in: its own id where it is no variant."""
    return product.variant_of_id or product.id
