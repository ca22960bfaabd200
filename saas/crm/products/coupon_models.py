"""Coupons: codes that take something off an order, and the orders that used them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.customers.models import Account
from saas.crm.products.models import PERCENT, Product
from saas.db import TenantModel, Versioned, index, link, linked, unique


class Coupon(Versioned, TenantModel):
    """A code that takes a percentage or an amount off an order."""

    __tablename__ = "coupon"
    __table_args__ = (
        unique("code_key"),
        index("code_key", "id", name="ix_coupon_by_code"),
        index("created_at", "id", name="ix_coupon_by_created"),
        CheckConstraint("(percent_off is null) <> (amount_off is null)", name="either"),
    )

    code: Mapped[str]  # as it was typed
    code_key: Mapped[str]  # folded; no two coupons ever share it
    title: Mapped[str | None]  # what it is for, among colleagues
    percent_off: Mapped[Decimal | None] = mapped_column(PERCENT)
    amount_off: Mapped[Decimal | None]  # in `currency`
    currency: Mapped[str]  # of `amount_off` and `least_order`, ISO 4217
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]  # that day included
    least_order: Mapped[Decimal | None]  # what the goods that it is for must come to
    most_uses: Mapped[int | None]  # in all
    most_per_account: Mapped[int | None]
    categories: Mapped[list[str]] = mapped_column(default=list)  # that it is for, with those below them
    uses: Mapped[int] = mapped_column(default=0)  # that count: redeemed, and not given back
    stopped_at: Mapped[datetime | None]


class CouponProduct(TenantModel):
    """A product that a coupon is for; a coupon without any, and without categories, is for everything."""

    __tablename__ = "coupon_product"
    __table_args__ = (unique("coupon_id", "product_id"),)

    coupon_id: Mapped[UUID] = link("coupon", ondelete="CASCADE")
    product_id: Mapped[UUID] = link("product", index=True, ondelete="CASCADE")

    product: Mapped[Product] = linked("product_id")


class CouponUse(TenantModel):
    """A coupon redeemed by a customer with one paper."""

    __tablename__ = "coupon_use"
    __table_args__ = (
        unique("coupon_id", "paper_kind", "paper_id", where="given_back_at is null"),
        index("coupon_id", "id"),
        index("paper_kind", "paper_id", name="ix_coupon_use_by_paper"),
    )

    coupon_id: Mapped[UUID] = link("coupon")
    account_id: Mapped[UUID] = link("account", index=True)
    paper_kind: Mapped[str]  # table of what it was redeemed with
    paper_id: Mapped[UUID]
    amount: Mapped[Decimal]  # that was taken off
    currency: Mapped[str]  # ISO 4217
    used_at: Mapped[datetime]
    given_back_at: Mapped[datetime | None]  # the paper was called off

    coupon: Mapped[Coupon] = linked("coupon_id")
    account: Mapped[Account] = linked("account_id")
