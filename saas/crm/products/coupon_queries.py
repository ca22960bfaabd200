"""Reads of coupons, and what one takes off an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from saas import money, search, ui
from saas.crm.customers.models import Account
from saas.crm.products.categories import lies_in
from saas.crm.products.coupon_models import Coupon, CouponProduct, CouponUse
from saas.crm.products.models import Product
from saas.db import db
from saas.errors import Refused
from saas.found import the_one

SIZE = 50  # uses of a page


class Unfit(Refused):
    """The coupon doesn't exist, or not for this order; the sentence says why."""

    field = "coupon"


@dataclass(frozen=True)
class Bought:
    """A line of an order: `net` without tax, after its own discount, in the order's currency."""

    product_id: UUID | None
    net: Decimal


@dataclass(frozen=True)
class Checked:
    """A coupon that fits an order, and the amount that it takes off (in the order's currency, above 0)."""

    coupon: Coupon
    amount: Decimal


def check(code: str, account: Account, lines: Sequence[Bought], currency: str, on: date) -> Checked:
    """What a coupon takes off an order, if it fits.

    Args:
        code: as the customer typed it, whatever its case.
        account: who buys.
        lines: what he buys.
        currency: of the order.
        on: the day.

    Raises:
        Unfit: there is none of this code, or it isn't for this order.
    """
    coupon = coupon_called(code)
    if coupon is None:
        raise Unfit(_("There is no coupon “%(code)s”.", code=code.strip()[:60]))
    _refuse_time(coupon, on)
    _refuse_used(coupon, account)
    if currency != coupon.currency and (coupon.amount_off is not None or coupon.least_order is not None):
        raise Unfit(_("%(code)s is for orders in %(currency)s.", code=coupon.code, currency=coupon.currency))
    meant = _meant(coupon, lines)
    if meant <= 0:
        raise Unfit(_("%(code)s is for none of these products.", code=coupon.code))
    if coupon.least_order is not None and meant < coupon.least_order:
        least = ui.money(coupon.least_order, coupon.currency)
        raise Unfit(_("%(code)s is for orders from %(least)s on.", code=coupon.code, least=least))
    return Checked(coupon, off(coupon, meant, currency))


def off(coupon: Coupon, net: Decimal, currency: str) -> Decimal:
    """What a coupon takes off goods of this worth, rounded as amounts of the currency are: never more than that."""
    if coupon.amount_off is not None:
        return min(coupon.amount_off, net)
    return min(money.share(net, coupon.percent_off or Decimal(), currency), net)


def _refuse_time(coupon: Coupon, on: date) -> None:
    if coupon.stopped_at is not None:
        raise Unfit(_("%(code)s doesn't hold any more.", code=coupon.code))
    if coupon.starts_on is not None and on < coupon.starts_on:
        raise Unfit(_("%(code)s holds from %(day)s on.", code=coupon.code, day=ui.words().dated(coupon.starts_on)))
    if coupon.ends_on is not None and on > coupon.ends_on:
        raise Unfit(_("%(code)s held until %(day)s.", code=coupon.code, day=ui.words().dated(coupon.ends_on)))


def _refuse_used(coupon: Coupon, account: Account) -> None:
    if coupon.most_uses is not None and coupon.uses >= coupon.most_uses:
        raise Unfit(_("%(code)s is used up.", code=coupon.code))
    if coupon.most_per_account is not None and count_uses(coupon.id, account.id) >= coupon.most_per_account:
        sentence = ngettext(
            "%(name)s has used %(code)s already, which is once for each customer.",
            "%(name)s has used %(code)s %(num)s times already, as often as a customer may.",
            coupon.most_per_account,
            name=account.name,
            code=coupon.code,
        )
        raise Unfit(sentence)


def _meant(coupon: Coupon, lines: Sequence[Bought]) -> Decimal:
    """What the lines come to that a coupon is for."""
    mine = product_ids(coupon.id)
    if not mine and not coupon.categories:
        return sum((line.net for line in lines), Decimal())
    rows = select(Product.id, Product.category, Product.variant_of_id)
    ids = {line.product_id for line in lines if line.product_id is not None}
    fitting = {
        row.id
        for row in db.session.execute(rows.where(Product.id.in_(ids)))
        if {row.id, row.variant_of_id} & mine or any(lies_in(row.category, one) for one in coupon.categories)
    }
    return sum((line.net for line in lines if line.product_id in fitting), Decimal())


def coupon_called(code: str) -> Coupon | None:
    """The coupon of this code, stopped or not."""
    return db.session.scalars(select(Coupon).where(Coupon.code_key == search.fold(code))).one_or_none()


def coupon(coupon_id: UUID) -> Coupon:
    """A coupon.

    Raises:
        NotFound: there is none of this id.
    """
    return the_one(select(Coupon).where(Coupon.id == coupon_id))


def lock_coupon(coupon_id: UUID) -> Coupon:
    """A coupon, held until the transaction ends: two who redeem the last one take turns.

    Raises:
        NotFound: there is none of this id.
    """
    held = select(Coupon).where(Coupon.id == coupon_id).with_for_update()
    return the_one(held.execution_options(populate_existing=True))


def product_ids(coupon_id: UUID) -> set[UUID]:
    """The products that a coupon names."""
    return set(db.session.scalars(select(CouponProduct.product_id).where(CouponProduct.coupon_id == coupon_id)))


def products(coupon_id: UUID) -> list[Product]:
    """The products that a coupon names, by name."""
    mine = select(Product).join(CouponProduct, CouponProduct.product_id == Product.id)
    return list(db.session.scalars(mine.where(CouponProduct.coupon_id == coupon_id).order_by(Product.name_key)))


def count_uses(coupon_id: UUID, account_id: UUID) -> int:
    """How often a customer has redeemed a coupon, without what was given back."""
    mine = (CouponUse.coupon_id == coupon_id, CouponUse.account_id == account_id, CouponUse.given_back_at.is_(None))
    return db.session.scalar(select(func.count()).select_from(CouponUse).where(*mine)) or 0


def uses(coupon_id: UUID, *, before: UUID | None = None) -> list[CouponUse]:
    """The uses of a coupon, the newest first, SIZE and one more at most."""
    mine = select(CouponUse).where(CouponUse.coupon_id == coupon_id)
    if before is not None:
        mine = mine.where(CouponUse.id < before)
    return list(db.session.scalars(mine.order_by(CouponUse.id.desc()).limit(SIZE + 1)))


def sums(coupon_id: UUID) -> dict[str, Decimal]:
    """Currency → what a coupon has taken off, without what was given back."""
    mine = (CouponUse.coupon_id == coupon_id, CouponUse.given_back_at.is_(None))
    rows = select(CouponUse.currency, func.sum(CouponUse.amount)).where(*mine).group_by(CouponUse.currency)
    return {row[0]: row[1] for row in db.session.execute(rows)}


def use_of(paper_kind: str, paper_id: UUID) -> list[CouponUse]:
    """The coupons that a paper has redeemed and not given back."""
    mine = (CouponUse.paper_kind == paper_kind, CouponUse.paper_id == paper_id, CouponUse.given_back_at.is_(None))
    return list(db.session.scalars(select(CouponUse).where(*mine)))
