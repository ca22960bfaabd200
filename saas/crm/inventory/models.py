"""Warehouses, what lies in them, and every movement that made it so."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from saas.archive import Archivable
from saas.crm.products.models import Product
from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.tenants.models import Member

ACTIVE = "archived_at is null"
QUANTITY, COST = Numeric(14, 3), Numeric(16, 4)
NOTHING = Decimal(0)


class MovementKind(StrEnum):
    """Why stock changed."""

    IN = "in"
    OUT = "out"
    ADJUST = "adjust"  # what is there differs from what was written
    TRANSFER = "transfer"  # one of two legs
    RECEIPT = "receipt"  # of a purchase
    DELIVERY = "delivery"  # of an order
    RETURN = "return"  # a customer gives it back
    COUNT = "count"  # found by a count


KIND_WORDS = {
    MovementKind.IN: lazy_pgettext("stock", "In"),
    MovementKind.OUT: lazy_pgettext("stock", "Out"),
    MovementKind.ADJUST: _l("Adjustment"),
    MovementKind.TRANSFER: _l("Transfer"),
    MovementKind.RECEIPT: _l("Receipt"),
    MovementKind.DELIVERY: _l("Delivery"),
    MovementKind.RETURN: _l("Return"),
    MovementKind.COUNT: lazy_pgettext("stock", "Count"),
}
KIND_LOOKS = {
    MovementKind.IN: "good",
    MovementKind.RECEIPT: "good",
    MovementKind.RETURN: "good",
    MovementKind.OUT: "waiting",
    MovementKind.DELIVERY: "waiting",
}


class PlanKind(StrEnum):
    """What a paper is going to do with stock; each is a column of a level."""

    RESERVED = "reserved"  # promised, by an order
    SOFT_RESERVED = "soft_reserved"  # offered, by a quote
    ON_ORDER = "on_order"  # to come from a supplier
    IN_TRANSIT = "in_transit"  # on its way from another warehouse


class CountState(StrEnum):
    """How far a count is."""

    OPEN = "open"
    POSTED = "posted"
    CANCELLED = "cancelled"


COUNT_WORDS = {
    CountState.OPEN: _l("Under way"),
    CountState.POSTED: lazy_pgettext("count", "Posted"),
    CountState.CANCELLED: _l("Cancelled"),
}
COUNT_LOOKS = {CountState.OPEN: "waiting", CountState.POSTED: "good", CountState.CANCELLED: "neutral"}


class Warehouse(Archivable, Versioned, TenantModel):
    """A place where stock lies."""

    __tablename__ = "warehouse"
    __table_args__ = (unique("code", where=ACTIVE), unique("name_key", where=ACTIVE))

    name: Mapped[str]
    name_key: Mapped[str]  # folded
    code: Mapped[str]  # short, in capitals
    address: Mapped[str | None]


class StockLevel(Versioned, TenantModel):
    """How much of a product there is, in one warehouse or, without one, in all of them together.

    Written by `level_actions` alone: `on_hand` is the sum of the movements, the others are the sums of the plans.
    """

    __tablename__ = "stock_level"
    __table_args__ = (
        unique("product_id", "warehouse_id", where="warehouse_id is not null", name="uq_stock_level_place"),
        unique("product_id", where="warehouse_id is null", name="uq_stock_level_total"),
        index("warehouse_id", "product_id"),
        index("on_hand", "id"),
        index(text("(on_hand - reserved)"), "id", name="ix_stock_level_by_available"),
        index("low_since", where="low_since is not null"),
        index("count_id", where="count_id is not null"),
    )

    product_id: Mapped[UUID] = link("product")
    warehouse_id: Mapped[UUID | None] = link("warehouse")
    on_hand: Mapped[Decimal] = mapped_column(QUANTITY, default=NOTHING)
    reserved: Mapped[Decimal] = mapped_column(QUANTITY, default=NOTHING)
    soft_reserved: Mapped[Decimal] = mapped_column(QUANTITY, default=NOTHING)
    on_order: Mapped[Decimal] = mapped_column(QUANTITY, default=NOTHING)
    in_transit: Mapped[Decimal] = mapped_column(QUANTITY, default=NOTHING)
    warn_below: Mapped[Decimal | None] = mapped_column(QUANTITY)  # available, under which one is warned
    fill_to: Mapped[Decimal | None] = mapped_column(QUANTITY)  # what a purchase fills it up to
    pack_size: Mapped[Decimal | None] = mapped_column(QUANTITY)  # a purchase is a multiple of it
    low_since: Mapped[datetime | None]  # it fell below `warn_below`, and hasn't recovered
    count_id: Mapped[UUID | None] = link("stock_count")  # the count that holds it

    product: Mapped[Product] = linked("product_id")
    warehouse: Mapped[Warehouse | None] = linked("warehouse_id")

    @property
    def available(self) -> Decimal:
        """What is there and promised to nobody."""
        return self.on_hand - self.reserved

    @property
    def coming(self) -> Decimal:
        """What is going to be there without anything being done."""
        return self.on_order + self.in_transit


class StockMovement(TenantModel):
    """A quantity that came into a warehouse or left it. It stays as it is, and is corrected by another."""

    __tablename__ = "stock_movement"
    __table_args__ = (
        index("product_id", "id"),
        index("warehouse_id", "id"),
        index("created_at", "id"),
        index("for_kind", "for_id", where="for_id is not null"),
        index("transfer_id", where="transfer_id is not null"),
        unique("undoes_id", where="undoes_id is not null"),
    )

    product_id: Mapped[UUID] = link("product")
    warehouse_id: Mapped[UUID] = link("warehouse")
    kind: Mapped[MovementKind]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)  # above 0: came, below: left
    on_hand: Mapped[Decimal] = mapped_column(QUANTITY)  # in this warehouse after it
    unit_cost: Mapped[Decimal | None] = mapped_column(COST)  # what one cost, workspace's currency
    reason: Mapped[str | None]
    member_id: Mapped[UUID | None] = link("member", index=True)  # None: nobody did it by hand
    for_kind: Mapped[str | None]  # the paper it belongs to: its table
    for_id: Mapped[UUID | None]
    transfer_id: Mapped[UUID | None]  # shared by the two legs
    undoes_id: Mapped[UUID | None] = link("stock_movement")  # the one that this one corrects

    product: Mapped[Product] = linked("product_id")
    warehouse: Mapped[Warehouse] = linked("warehouse_id")
    member: Mapped[Member | None] = linked("member_id")


class StockPlan(TenantModel):
    """What a paper is going to do with a product in a warehouse; gone once that is done."""

    __tablename__ = "stock_plan"
    __table_args__ = (
        unique("for_kind", "for_id", "kind", "product_id", "warehouse_id", name="uq_stock_plan_of"),
        index("product_id", "warehouse_id"),
        index("warehouse_id"),
    )

    kind: Mapped[PlanKind]
    for_kind: Mapped[str]  # the paper's table
    for_id: Mapped[UUID]
    product_id: Mapped[UUID] = link("product")
    warehouse_id: Mapped[UUID] = link("warehouse")
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)  # above 0
    member_id: Mapped[UUID | None] = link("member", index=True)

    product: Mapped[Product] = linked("product_id")
    warehouse: Mapped[Warehouse] = linked("warehouse_id")


class StockCount(Versioned, TenantModel):
    """Writing down what is really there in a warehouse; until it ends nothing moves in what it counts."""

    __tablename__ = "stock_count"
    __table_args__ = (index("warehouse_id", "id"), index("created_at", "id"))

    warehouse_id: Mapped[UUID] = link("warehouse")
    member_id: Mapped[UUID] = link("member", index=True)  # who began it
    state: Mapped[CountState] = mapped_column(default=CountState.OPEN)
    note: Mapped[str | None]
    ended_at: Mapped[datetime | None]

    warehouse: Mapped[Warehouse] = linked("warehouse_id")
    member: Mapped[Member] = linked("member_id")


class StockCountLine(TenantModel):
    """One product of a count."""

    __tablename__ = "stock_count_line"
    __table_args__ = (unique("count_id", "product_id"), index("product_id"))

    count_id: Mapped[UUID] = link("stock_count")
    product_id: Mapped[UUID] = link("product")
    expected: Mapped[Decimal] = mapped_column(QUANTITY)  # on hand when the count began
    counted: Mapped[Decimal | None] = mapped_column(QUANTITY)  # None: not yet

    product: Mapped[Product] = linked("product_id")

    @property
    def difference(self) -> Decimal | None:
        """How much more there is than was written; None until it is counted."""
        return None if self.counted is None else self.counted - self.expected
