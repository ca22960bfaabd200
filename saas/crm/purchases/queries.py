"""Reads of purchases."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import aliased, joinedload

from saas.crm.papers.kinds import Kind
from saas.crm.purchases.models import (
    STATE_LOOKS,
    STATE_WORDS,
    Purchase,
    PurchaseLine,
    PurchaseReceipt,
    PurchaseReceiptLine,
    State,
)
from saas.db import db
from saas.found import the_one
from saas.tenants.models import Member
from saas.tenants.permissions import Permission

P = Permission
KIND = Kind(
    Purchase,
    PurchaseLine,
    home="purchases",
    key="purchase_id",
    view=P.PURCHASE_VIEW,
    edit=P.PURCHASE_EDIT,
    named=(Purchase.account, Purchase.owner, Purchase.warehouse),
    words=STATE_WORDS,
    looks=STATE_LOOKS,
    label=_l("Purchases"),
    new=_l("New purchase"),
    none=_l("No purchases yet"),
    counted="purchase",
    amount="net",
    is_everybodys=True,
)
purchase, lock_purchase, lines = KIND.find, KIND.lock, KIND.lines
OWNER_NAME = select(Member.name).where(Member.id == Purchase.owner_id).correlate(Purchase).scalar_subquery()


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
