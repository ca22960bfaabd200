"""Products, and how others spell them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Numeric, func, text
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
from saas.db import TenantModel, Versioned, index, link, linked, unique

ACTIVE = "archived_at is null"
PERCENT = Numeric(6, 3)  # of which 19 is 19 %
UNIT_PRICE = Numeric(16, 4)  # of one
QUANTITY = Numeric(14, 3)


class TaxRate(Versioned, TenantModel):
    """A rate of the tax that is added to prices."""

    __tablename__ = "tax_rate"
    __kept__ = True
    __table_args__ = (
        unique("name", where=ACTIVE, name="uq_tax_rate_name"),
        unique("is_default", where="is_default", name="uq_tax_rate_default"),
    )

    name: Mapped[str]
    percent: Mapped[Decimal] = mapped_column(PERCENT)
    is_default: Mapped[bool] = mapped_column(default=False)  # of one rate: what is sold without another
    archived_at: Mapped[datetime | None]  # no longer chosen; what has it keeps it


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
        index("tax_rate_id", where="tax_rate_id is not null", name="ix_product_by_tax_rate"),
        index("variant_of_id", "id", where="variant_of_id is not null", name="ix_product_by_family"),
    )

    number: Mapped[str]  # the article number: typed, else made by the workspace's rule
    name: Mapped[str]
    name_key: Mapped[str]  # folded, for sorting and for finding the same name again
    series: Mapped[str | None]  # the family it belongs to
    category: Mapped[str | None]
    unit: Mapped[str | None]  # what one of it is: a word of the dictionary
    price: Mapped[Decimal | None] = mapped_column(UNIT_PRICE)  # list price of one unit, in `currency`, without tax
    currency: Mapped[str]  # ISO 4217
    cost: Mapped[Decimal | None] = mapped_column(UNIT_PRICE)  # what one costs the workspace, in its own currency
    tax_rate_id: Mapped[UUID | None] = link("tax_rate")  # None: the workspace's default
    is_stocked: Mapped[bool] = mapped_column(default=False)  # counted in warehouses
    sold_from: Mapped[date | None]
    sold_until: Mapped[date | None]  # that day included
    remarks: Mapped[str | None]
    variant_of_id: Mapped[UUID | None] = link("product")  # it differs from it in `variant`, and has its price
    variant: Mapped[list[Any]] = mapped_column(default=list)  # [[attribute, value], …]: [["Colour", "red"]]
    is_bundle: Mapped[bool] = mapped_column(default=False)  # it has parts, and is never stocked itself
    percent_off: Mapped[Decimal | None] = mapped_column(PERCENT)  # of a bundle without a price: off its parts' sum
    archived_at: Mapped[datetime | None]  # no longer sold; deals keep it
    import_key: Mapped[str | None]  # what a file called it

    parent: Mapped[Product | None] = linked("variant_of_id")  # that it is a variant of

    def is_sold(self, on: date) -> bool:
        """True when it is offered on this day."""
        is_early = self.sold_from is not None and on < self.sold_from
        is_late = self.sold_until is not None and on > self.sold_until
        return self.archived_at is None and not (is_early or is_late)


class BundlePart(TenantModel):
    """What a bundle is made of."""

    __tablename__ = "bundle_part"
    __table_args__ = (unique("bundle_id", "part_id"),)

    bundle_id: Mapped[UUID] = link("product", ondelete="CASCADE")
    part_id: Mapped[UUID] = link("product", index=True)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)  # of it in one bundle, above 0

    part: Mapped[Product] = linked("part_id")


class ProductAlias(TenantModel):
    """Another spelling of a product, seen in a file and confirmed once: "GTXPro" is "GTX Pro"."""

    __tablename__ = "product_alias"
    __table_args__ = (unique("spelling_key"),)

    spelling: Mapped[str]  # as the file wrote it
    spelling_key: Mapped[str]  # folded
    product_id: Mapped[UUID] = link("product", index=True, ondelete="CASCADE")

    product: Mapped[Product] = linked("product_id", lazy="joined", innerjoin=True)


fields.kept_in(Dictionary.UNIT, Product.unit)

PRICE = func.coalesce(Product.price, text("'-1'::numeric"), type_=Product.price.type)
