"""Prices beside the list price: in other currencies, and in price lists."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.customers.models import Account
from saas.crm.fields.label_models import Label
from saas.crm.products.models import ACTIVE, PERCENT, QUANTITY, UNIT_PRICE, Product
from saas.db import TenantModel, Versioned, index, link, linked, unique


class Audience(StrEnum):
    """For whom a price list is."""

    ALL = "all"
    LEVEL = "level"
    GROUP = "group"
    ACCOUNT = "account"


AUDIENCE_WORDS = {
    Audience.ALL: _l("Everyone"),
    Audience.LEVEL: _l("Customers of a level"),
    Audience.GROUP: _l("Customers of a group"),
    Audience.ACCOUNT: _l("One customer"),
}


class ProductPrice(TenantModel):
    """The list price of a product in a further currency."""

    __tablename__ = "product_price"
    __table_args__ = (unique("product_id", "currency"),)

    product_id: Mapped[UUID] = link("product", ondelete="CASCADE")
    currency: Mapped[str]  # ISO 4217; never the product's own
    price: Mapped[Decimal] = mapped_column(UNIT_PRICE)


class PriceList(Versioned, TenantModel):
    """Prices that hold for some customers, or for a while."""

    __tablename__ = "price_list"
    __kept__ = True
    __table_args__ = (
        unique("name_key", where=ACTIVE, name="uq_price_list_name"),
        index("name_key", "id", name="ix_price_list_by_name"),
        index("account_id", where="account_id is not null", name="ix_price_list_by_account"),
        index("label_id", where="label_id is not null", name="ix_price_list_by_label"),
        CheckConstraint(
            "(audience = 'account') = (account_id is not null) and (audience = 'level') = (level is not null) "
            "and (audience = 'group') = (label_id is not null)",
            name="audience",
        ),
    )

    name: Mapped[str]
    name_key: Mapped[str]  # folded
    currency: Mapped[str]  # of all its prices, ISO 4217
    audience: Mapped[Audience] = mapped_column(default=Audience.ALL)
    account_id: Mapped[UUID | None] = link("account")
    level: Mapped[str | None]  # a word of the dictionary
    label_id: Mapped[UUID | None] = link("label")  # a group; those below it are in it
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]  # that day included
    percent_off: Mapped[Decimal | None] = mapped_column(PERCENT)  # off every list price that it says nothing else of
    note: Mapped[str | None]
    archived_at: Mapped[datetime | None]

    account: Mapped[Account | None] = linked("account_id")
    label: Mapped[Label | None] = linked("label_id")

    def holds(self, on: date) -> bool:
        """True when it holds on this day."""
        is_early = self.starts_on is not None and on < self.starts_on
        is_late = self.ends_on is not None and on > self.ends_on
        return self.archived_at is None and not (is_early or is_late)


class Price(Versioned, TenantModel):
    """What a product costs by a price list from a quantity on: a price, or a percentage off the list price."""

    __tablename__ = "price"
    __table_args__ = (
        unique("price_list_id", "product_id", "from_quantity"),
        index("product_id", "price_list_id"),
        CheckConstraint("(price is null) <> (percent_off is null)", name="either"),
    )

    price_list_id: Mapped[UUID] = link("price_list", ondelete="CASCADE")
    product_id: Mapped[UUID] = link("product", ondelete="CASCADE")
    from_quantity: Mapped[Decimal] = mapped_column(QUANTITY, default=Decimal(0))  # 0: from the first on
    price: Mapped[Decimal | None] = mapped_column(UNIT_PRICE)
    percent_off: Mapped[Decimal | None] = mapped_column(PERCENT)

    price_list: Mapped[PriceList] = linked("price_list_id")
    product: Mapped[Product] = linked("product_id")
