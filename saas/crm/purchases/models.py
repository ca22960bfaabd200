"""Purchases, their lines, and what was received."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import Numeric
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.customers.models import Account
from saas.crm.inventory.models import NOTHING, Warehouse
from saas.crm.products.models import Product
from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.tenants.models import Member

QUANTITY, PRICE, PERCENT, RATE, AMOUNT = (
    Numeric(14, 3),
    Numeric(16, 4),
    Numeric(6, 3),
    Numeric(18, 8),
    Numeric(18, 4),
)


class State(StrEnum):
    """How far a purchase is."""

    DRAFT = "draft"
    ORDERED = "ordered"
    PART = "part"  # some of it came
    RECEIVED = "received"
    CANCELLED = "cancelled"


STATE_WORDS = {
    State.DRAFT: _l("Draft"),
    State.ORDERED: lazy_pgettext("purchase", "Ordered"),
    State.PART: _l("Partly received"),
    State.RECEIVED: lazy_pgettext("purchase", "Received"),
    State.CANCELLED: _l("Cancelled"),
}
STATE_LOOKS = {
    State.DRAFT: "neutral",
    State.ORDERED: "waiting",
    State.PART: "waiting",
    State.RECEIVED: "good",
    State.CANCELLED: "neutral",
}
OPEN = (State.ORDERED, State.PART)


class Purchase(Versioned, TenantModel):
    """What is bought from one supplier at once."""

    __tablename__ = "purchase"
    __table_args__ = (
        unique("number"),
        index("number", "id"),
        index("account_id", "id"),
        index("created_at", "id"),
        index("warehouse_id"),
    )

    number: Mapped[str]  # "PO-2026-00042", by the workspace's rule
    account_id: Mapped[UUID] = link("account")  # the supplier
    owner_id: Mapped[UUID | None] = link("member", index=True)  # who buys
    warehouse_id: Mapped[UUID] = link("warehouse")  # where it is to come
    state: Mapped[State] = mapped_column(default=State.DRAFT)
    currency: Mapped[str]  # ISO 4217, of its prices
    rate: Mapped[Decimal] = mapped_column(RATE, default=Decimal(1))  # one unit of `currency` in the workspace's
    net: Mapped[Decimal] = mapped_column(AMOUNT, default=NOTHING)  # of all lines, without tax
    reference: Mapped[str | None]  # the supplier's number for it
    expected_on: Mapped[date | None]
    ordered_at: Mapped[datetime | None]
    remarks: Mapped[str | None]

    account: Mapped[Account] = linked("account_id")
    owner: Mapped[Member | None] = linked("owner_id")
    warehouse: Mapped[Warehouse] = linked("warehouse_id")

    @property
    def is_open(self) -> bool:
        """True while something is to come."""
        return self.state in OPEN


class PurchaseLine(TenantModel):
    """One line of a purchase: a product, or words such as freight."""

    __tablename__ = "purchase_line"
    __table_args__ = (index("purchase_id", "position"), index("product_id", "id"))

    purchase_id: Mapped[UUID] = link("purchase")
    position: Mapped[int]  # from 0
    product_id: Mapped[UUID | None] = link("product")
    text: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    unit: Mapped[str | None]
    price: Mapped[Decimal] = mapped_column(PRICE)  # of one unit, in the purchase's currency, without tax
    discount: Mapped[Decimal] = mapped_column(PERCENT, default=NOTHING)  # % of the price
    net: Mapped[Decimal] = mapped_column(AMOUNT, default=NOTHING)  # quantity × price, less discount, rounded
    received: Mapped[Decimal] = mapped_column(QUANTITY, default=NOTHING)  # of the quantity

    product: Mapped[Product | None] = linked("product_id")

    @property
    def remaining(self) -> Decimal:
        """What is still to come."""
        return max(self.quantity - self.received, NOTHING)

    @property
    def unit_cost(self) -> Decimal:
        """What one costs less the discount, in the purchase's currency."""
        return self.price * (100 - self.discount) / 100


class PurchaseReceipt(TenantModel):
    """Something of a purchase that came in."""

    __tablename__ = "purchase_receipt"
    __table_args__ = (index("purchase_id", "id"), index("warehouse_id"))

    purchase_id: Mapped[UUID] = link("purchase")
    warehouse_id: Mapped[UUID] = link("warehouse")
    member_id: Mapped[UUID | None] = link("member", index=True)
    received_on: Mapped[date]
    reference: Mapped[str | None]  # the number of the supplier's delivery note
    taken_back_at: Mapped[datetime | None]  # it was a mistake

    warehouse: Mapped[Warehouse] = linked("warehouse_id")
    member: Mapped[Member | None] = linked("member_id")


class PurchaseReceiptLine(TenantModel):
    """How much of a line came at once."""

    __tablename__ = "purchase_receipt_line"
    __table_args__ = (index("receipt_id"), index("line_id"))

    receipt_id: Mapped[UUID] = link("purchase_receipt")
    line_id: Mapped[UUID] = link("purchase_line")
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    unit_cost: Mapped[Decimal] = mapped_column(PRICE)  # of one unit, in the workspace's currency

    line: Mapped[PurchaseLine] = linked("line_id")
