"""The verbs of coupons."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from saas import clock, search
from saas.crm.customers.models import Account
from saas.crm.products import coupon_queries as queries
from saas.crm.products.coupon_models import Coupon, CouponProduct, CouponUse
from saas.crm.products.coupon_queries import Bought
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.scope import Actor
from saas.versions import Overtaken

CREATED, CHANGED = "coupon.created", "coupon.changed"
STOPPED, RESUMED = "coupon.stopped", "coupon.resumed"
REDEEMED, GIVEN_BACK = "account.coupon_redeemed", "account.coupon_given_back"


def create_coupon(values: Mapping[str, Any], product_ids: Collection[UUID], *, by: Actor) -> Coupon:
    """Make a coupon.

    Args:
        values: columns of Coupon that a person may type.
        product_ids: the products that it is for; none: all, or its categories'.
        by: who makes it.

    Raises:
        Refused: its code is taken, also by one that was stopped, or its last day lies before the first.
    """
    _check(values)
    if queries.coupon_called(values["code"]) is not None:
        raise Refused(_("There is a coupon of this code already."), field="code")
    made = Coupon(id=new_id(), code_key=search.fold(values["code"]), **values)
    db.session.add(made)
    db.session.flush()
    _name_products(made, product_ids)
    events.record(CREATED, made, by=by, changed={"code": made.code})
    return made


def change_coupon(
    coupon: Coupon, values: Mapping[str, Any], product_ids: Collection[UUID], *, version: int | None, by: Actor
) -> None:
    """Write what a form holds; the code stays as it is, since it is on paper somewhere.

    Raises:
        Overtaken: the coupon is no longer at `version`.
        Refused: its last day lies before the first.
    """
    if version is not None and version != coupon.version:
        raise Overtaken(coupon)
    said = {name: value for name, value in values.items() if name != "code"}
    _check(said)
    changed: dict[str, Any] = {
        name: [getattr(coupon, name), value] for name, value in said.items() if getattr(coupon, name) != value
    }
    for name, (_before, after) in changed.items():
        setattr(coupon, name, after)
    if _name_products(coupon, product_ids):
        changed["products"] = len(product_ids)
    if changed:
        db.session.flush()
        events.record(CHANGED, coupon, by=by, changed={"code": coupon.code, **changed})


def stop(coupon: Coupon, *, by: Actor) -> None:
    """Let a coupon hold no longer; what it took off stays off."""
    if coupon.stopped_at is None:
        coupon.stopped_at = clock.now()
        db.session.flush()
        events.record(STOPPED, coupon, by=by, changed={"code": coupon.code})


def resume(coupon: Coupon, *, by: Actor) -> None:
    """Let a coupon hold again."""
    if coupon.stopped_at is not None:
        coupon.stopped_at = None
        db.session.flush()
        events.record(RESUMED, coupon, by=by, changed={"code": coupon.code})


def redeem(
    code: str,
    account: Account,
    lines: Sequence[Bought],
    currency: str,
    on: date,
    *,
    paper: tuple[str, UUID],
    by: Actor,
) -> CouponUse:
    """Use a coupon with a paper; done twice for the same paper it counts once.

    Args:
        code, account, lines, currency, on: as for `coupon_queries.check`.
        paper: table and id of the paper.
        by: who redeems it.

    Raises:
        Unfit: it isn't for this order, or was used up meanwhile.
    """
    found = queries.coupon_called(code)
    if found is not None:
        queries.lock_coupon(found.id)  # before it is checked: two can't both take the last one
        known = next((use for use in queries.use_of(*paper) if use.coupon_id == found.id), None)
        if known is not None:
            return known
    checked = queries.check(code, account, lines, currency, on)
    use = CouponUse(
        id=new_id(),
        coupon_id=checked.coupon.id,
        account_id=account.id,
        paper_kind=paper[0],
        paper_id=paper[1],
        amount=checked.amount,
        currency=currency,
        used_at=clock.now(),
    )
    db.session.add(use)
    checked.coupon.uses += 1
    db.session.flush()
    facts = {"code": checked.coupon.code, "amount": checked.amount, "currency": currency}
    events.record(REDEEMED, account, by=by, changed=facts)
    return use


def give_back(paper: tuple[str, UUID], *, by: Actor) -> int:
    """Count the coupons of a paper that was called off as not used; returns how many were given back."""
    uses = queries.use_of(*paper)
    for use in sorted(uses, key=lambda one: one.coupon_id):
        coupon = queries.lock_coupon(use.coupon_id)
        use.given_back_at = clock.now()
        coupon.uses -= 1
        db.session.flush()
        events.record(GIVEN_BACK, use.account, by=by, changed={"code": coupon.code})
    return len(uses)


def _name_products(coupon: Coupon, product_ids: Collection[UUID]) -> bool:
    """Have the coupon name these products; True when it named others before."""
    before = queries.product_ids(coupon.id)
    if before == set(product_ids):
        return False
    for row in db.session.query(CouponProduct).where(CouponProduct.coupon_id == coupon.id):
        if row.product_id not in product_ids:
            db.session.delete(row)
    fresh = [one for one in product_ids if one not in before]
    db.session.add_all([CouponProduct(id=new_id(), coupon_id=coupon.id, product_id=one) for one in fresh])
    db.session.flush()
    return True


def _check(values: Mapping[str, Any]) -> None:
    begins, ends = values.get("starts_on"), values.get("ends_on")
    if begins is not None and ends is not None and ends < begins:
        raise Refused(_("The last day lies before the first."), field="ends_on")
