"""Reads of purchases."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased, joinedload, lazyload

from saas.crm.customers.models import Account
from saas.crm.purchases.models import (
    Purchase,
    PurchaseLine,
    PurchaseReceipt,
    PurchaseReceiptLine,
    State,
)
from saas.db import db
from saas.found import the_one
from saas.tenants.models import Member

ACCOUNT_NAME = select(Account.name).where(Account.id == Purchase.account_id).correlate(Purchase).scalar_subquery()
OWNER_NAME = select(Member.name).where(Member.id == Purchase.owner_id).correlate(Purchase).scalar_subquery()


def purchase(purchase_id: UUID) -> Purchase:
    """A purchase, with what its page names.

    Raises:
        NotFound: there is none of that id.
    """
    named = (joinedload(Purchase.account), joinedload(Purchase.owner), joinedload(Purchase.warehouse))
    return the_one(select(Purchase).where(Purchase.id == purchase_id).options(*named))


def lock_purchase(purchase_id: UUID) -> Purchase:
    """A purchase as it is now, held until the transaction ends.

    Raises:
        NotFound: there is none of that id.
    """
    held = select(Purchase).where(Purchase.id == purchase_id).options(lazyload("*")).with_for_update()
    return the_one(held.execution_options(populate_existing=True))


def lines(purchase_id: UUID) -> list[PurchaseLine]:
    """The lines of a purchase, in their order, as they are now."""
    mine = select(PurchaseLine).where(PurchaseLine.purchase_id == purchase_id)
    ordered = mine.options(joinedload(PurchaseLine.product)).order_by(PurchaseLine.position, PurchaseLine.id)
    return list(db.session.scalars(ordered.execution_options(populate_existing=True)))


def receipts(purchase_id: UUID) -> list[PurchaseReceipt]:
    """What came of a purchase, the newest first."""
    named = (joinedload(PurchaseReceipt.warehouse), joinedload(PurchaseReceipt.member))
    mine = select(PurchaseReceipt).where(PurchaseReceipt.purchase_id == purchase_id).options(*named)
    return list(db.session.scalars(mine.order_by(PurchaseReceipt.id.desc())))


def receipt(receipt_id: UUID) -> PurchaseReceipt:
    """A receipt.

    Raises:
        NotFound: there is none of that id.
    """
    return the_one(select(PurchaseReceipt).where(PurchaseReceipt.id == receipt_id))


def receipt_lines(receipt_ids: Collection[UUID]) -> list[PurchaseReceiptLine]:
    """What these receipts hold, each with its line."""
    mine = select(PurchaseReceiptLine).where(PurchaseReceiptLine.receipt_id.in_(receipt_ids))
    return list(db.session.scalars(mine.options(joinedload(PurchaseReceiptLine.line)).order_by(PurchaseReceiptLine.id)))


def last_bought(product_ids: Collection[UUID]) -> dict[UUID, tuple[PurchaseLine, Purchase]]:
    """The line by which each of these products was bought last, with its purchase; absent where it never was."""
    of_purchase = (Purchase.tenant_id == PurchaseLine.tenant_id) & (Purchase.id == PurchaseLine.purchase_id)
    later, its = aliased(PurchaseLine), aliased(Purchase)
    of_later = (its.tenant_id == later.tenant_id) & (its.id == later.purchase_id)
    same = (later.product_id == PurchaseLine.product_id, its.state != State.CANCELLED)
    newest = select(later.id).join(its, of_later).where(*same).order_by(later.id.desc()).limit(1)
    found = select(PurchaseLine, Purchase).join(Purchase, of_purchase).where(PurchaseLine.product_id.in_(product_ids))
    latest = found.where(PurchaseLine.id == newest.correlate(PurchaseLine).scalar_subquery())
    rows = db.session.execute(latest.options(joinedload(Purchase.account)))
    return {line.product_id: (line, one) for line, one in rows if line.product_id is not None}
