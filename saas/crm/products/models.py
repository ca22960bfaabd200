"""Products, and how others spell them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, text
from sqlalchemy.orm import Mapped

from saas.db import TenantModel, Versioned, index, link, linked, unique

ACTIVE = "archived_at is null"


class Product(Versioned, TenantModel):
    """Something the workspace sells."""

    __tablename__ = "product"
    __table_args__ = (
        unique("number"),
        unique("name_key", where=ACTIVE, name="uq_product_name"),
        index("name_key", "id", name="ix_product_by_name"),
        index("number", "id", name="ix_product_by_number"),
        index("created_at", "id", name="ix_product_by_created"),
        index(text("coalesce(price, '-1'::numeric)"), "id", name="ix_product_by_price"),
        index("series", "name_key", "id", name="ix_product_by_series"),
    )

    number: Mapped[str]  # the article number: typed, else made by the workspace's rule
    name: Mapped[str]
    name_key: Mapped[str]  # folded, for sorting and for finding the same name again
    series: Mapped[str | None]  # the family it belongs to
    category: Mapped[str | None]
    unit: Mapped[str | None]  # what one of it is: piece, hour, m
    price: Mapped[Decimal | None]  # list price of one unit, in `currency`, without tax
    currency: Mapped[str]  # ISO 4217
    remarks: Mapped[str | None]
    archived_at: Mapped[datetime | None]  # no longer sold; deals keep it
    import_key: Mapped[str | None]  # what a file called it


class ProductAlias(TenantModel):
    """Another spelling of a product, seen in a file and confirmed once: "GTXPro" is "GTX Pro"."""

    __tablename__ = "product_alias"
    __table_args__ = (unique("spelling_key"),)

    spelling: Mapped[str]  # as the file wrote it
    spelling_key: Mapped[str]  # folded
    product_id: Mapped[UUID] = link("product", index=True, ondelete="CASCADE")

    product: Mapped[Product] = linked("product_id", lazy="joined", innerjoin=True)


PRICE = func.coalesce(Product.price, text("'-1'::numeric"), type_=Product.price.type)
