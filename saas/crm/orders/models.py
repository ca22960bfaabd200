"""Orders and their lines; the notes by which their goods go out and come back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped, mapped_column

from saas.archive import Archivable
from saas.crm.contracts.models import Contract
from saas.crm.opportunities.models import Opportunity
from saas.crm.papers.models import QUANTITY, Line, LineKind, Paper
from saas.crm.products.models import Product
from saas.crm.quotes.models import Quote
from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.tenants.models import Member

ACTIVE = "archived_at is null"
NOTHING = Decimal(0)


class OrderState(StrEnum):
    """Where an order stands."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    PART = "part"  # something was delivered, not all
    DELIVERED = "delivered"
    CLOSED = "closed"  # nothing more is delivered, whatever is left
    CANCELLED = "cancelled"


STATE_WORDS = {
    OrderState.DRAFT: lazy_pgettext("order", "Draft"),
    OrderState.CONFIRMED: lazy_pgettext("order", "Confirmed"),
    OrderState.PART: lazy_pgettext("order", "Part delivered"),
    OrderState.DELIVERED: lazy_pgettext("order", "Delivered"),
    OrderState.CLOSED: lazy_pgettext("order", "Closed"),
    OrderState.CANCELLED: lazy_pgettext("order", "Cancelled"),
}
STATE_LOOKS = {
    OrderState.DRAFT: "neutral",
    OrderState.CONFIRMED: "sea",
    OrderState.PART: "waiting",
    OrderState.DELIVERED: "good",
    OrderState.CLOSED: "neutral",
    OrderState.CANCELLED: "wrong",
}
STATE_ICONS = {
    OrderState.DRAFT: "pencil",
    OrderState.CONFIRMED: "circle-check",
    OrderState.PART: "truck-delivery",
    OrderState.DELIVERED: "package",
    OrderState.CLOSED: "lock",
    OrderState.CANCELLED: "circle-x",
}
OPEN = (OrderState.CONFIRMED, OrderState.PART)  # something is still to be delivered
SOLD = (*OPEN, OrderState.DELIVERED, OrderState.CLOSED)
IS_OPEN = "state in ('confirmed', 'part')"


class OrderSource(StrEnum):
    """How an order came in."""

    HAND = "hand"
    QUOTE = "quote"
    CONTRACT = "contract"
    PHONE = "phone"
    PORTAL = "portal"
    PARTNER = "partner"


SOURCE_WORDS = {
    OrderSource.HAND: lazy_pgettext("order", "By a colleague"),
    OrderSource.QUOTE: lazy_pgettext("order", "From a quote"),
    OrderSource.CONTRACT: lazy_pgettext("order", "Under a contract"),
    OrderSource.PHONE: lazy_pgettext("order", "By phone"),
    OrderSource.PORTAL: lazy_pgettext("order", "Through the portal"),
    OrderSource.PARTNER: lazy_pgettext("order", "Through a partner"),
}


class Order(Paper, Archivable, TenantModel):
    """A promise to deliver. It is confirmed once, and changed in editions until all of it is delivered."""

    __tablename__ = "sales_order"
    __table_args__ = (
        unique("number"),
        unique("quote_id", where="quote_id is not null"),
        index("created_at", "id", where=ACTIVE, name="ix_sales_order_by_created"),
        index("number", "id", where=ACTIVE, name="ix_sales_order_by_number"),
        index("gross", "id", where=ACTIVE, name="ix_sales_order_by_gross"),
        index("owner_id", "created_at", "id", where=ACTIVE, name="ix_sales_order_by_owner"),
        index("due_on", "id", where=IS_OPEN, name="ix_sales_order_to_deliver"),
        index("account_id", "created_at", name="ix_sales_order_by_account"),
        index("opportunity_id", where="opportunity_id is not null", name="ix_sales_order_by_opportunity"),
        index("contact_id", where="contact_id is not null", name="ix_sales_order_by_contact"),
        index("team_id", name="ix_sales_order_by_team"),
        index("contract_id", where="contract_id is not null", name="ix_sales_order_by_contract"),
    )

    source: Mapped[OrderSource] = mapped_column(default=OrderSource.HAND)
    quote_id: Mapped[UUID | None] = link("quote")  # the one that was accepted
    contract_id: Mapped[UUID | None] = link("contract")  # under which it was ordered
    opportunity_id: Mapped[UUID | None] = link("opportunity")
    state: Mapped[OrderState] = mapped_column(default=OrderState.DRAFT)
    edition: Mapped[int] = mapped_column(default=0)  # of its confirmation: 0 while a draft, one more with each change
    due_on: Mapped[date]  # when the customer wants it, on the workspace's calendar
    reference: Mapped[str | None]  # the customer's own number
    ship_to: Mapped[str | None]  # where it goes, if not to the customer's address; lines are kept
    ordered_on: Mapped[date | None]  # the day it was confirmed, on the workspace's calendar
    confirmed_at: Mapped[datetime | None]
    sent_to: Mapped[str | None]  # where its confirmations are mailed; None: nowhere
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]

    contract: Mapped[Contract | None] = linked("contract_id")
    opportunity: Mapped[Opportunity | None] = linked("opportunity_id")
    quote: Mapped[Quote | None] = linked("quote_id")

    @property
    def label(self) -> str:
        """Its number, with the edition of its confirmation where it was changed."""
        return self.number if self.edition < 2 else f"{self.number}/{self.edition}"

    @property
    def is_open(self) -> bool:
        """True while something is to be delivered."""
        return self.state in OPEN

    @property
    def can_change(self) -> bool:
        """True while its lines may be changed."""
        return self.archived_at is None and (self.state is OrderState.DRAFT or self.is_open)


class OrderLine(Line, TenantModel):
    """A line of an order. What was delivered and came back is the sum of its notes, written by them alone."""

    __tablename__ = "order_line"
    __table_args__ = (
        index("order_id", "position"),
        index("product_id", where="product_id is not null", name="ix_order_line_product"),
        index("sold_on", "id", where="sold_on is not null", name="ix_order_line_sold"),
    )

    order_id: Mapped[UUID] = link("sales_order", ondelete="CASCADE")
    delivered: Mapped[Decimal] = mapped_column(QUANTITY, default=NOTHING)
    returned: Mapped[Decimal] = mapped_column(QUANTITY, default=NOTHING)  # of what was delivered
    sold_on: Mapped[date | None]  # the day its order was confirmed; None of a draft, of words, and once cancelled

    order: Mapped[Order] = linked("order_id")

    @property
    def is_goods(self) -> bool:
        """True where there is something to deliver: no words, and nothing that is taken off the price."""
        return self.counts and self.quantity > 0

    @property
    def open(self) -> Decimal:
        """How much is still to be delivered."""
        return self.quantity - self.delivered if self.is_goods else NOTHING

    @property
    def kept(self) -> Decimal:
        """How much the customer has and may give back."""
        return self.delivered - self.returned


class NoteKind(StrEnum):
    """Which way goods went."""

    DELIVERY = "delivery"
    RETURN = "return"


NOTE_WORDS = {NoteKind.DELIVERY: _l("Delivery note"), NoteKind.RETURN: _l("Return note")}
NOTE_ICONS = {NoteKind.DELIVERY: "truck-delivery", NoteKind.RETURN: "arrow-back-up"}


class DeliveryNote(Versioned, TenantModel):
    """A note of goods that went out or came back. It stays as it is; a wrong one is undone by a counter-note."""

    __tablename__ = "delivery_note"
    __table_args__ = (
        unique("number"),
        unique("undoes_id", where="undoes_id is not null"),
        index("order_id", "id"),
        index("member_id", where="member_id is not null"),
    )

    order_id: Mapped[UUID] = link("sales_order")
    number: Mapped[str]  # "DN-2026-00042", "RN-2026-00042", by the workspace's rules
    kind: Mapped[NoteKind]
    day: Mapped[date]  # when it left or arrived, on the workspace's calendar
    tracking: Mapped[str | None]  # by which one follows the parcel
    reason: Mapped[str | None]  # why it came back, or why the note was wrong
    to_stock: Mapped[bool] = mapped_column(default=True)  # of a return: it can be sold again
    undoes_id: Mapped[UUID | None] = link("delivery_note")  # the note that this one undoes
    member_id: Mapped[UUID | None] = link("member")  # who wrote it

    order: Mapped[Order] = linked("order_id")
    member: Mapped[Member | None] = linked("member_id")

    # What is printed on it is its order's.

    @property
    def name(self) -> str:
        """What it is about."""
        return self.order.name

    @property
    def account(self) -> Any:
        """Whom it goes to."""
        return self.order.account

    @property
    def contact(self) -> Any:
        """To whom it is addressed."""
        return self.order.contact

    @property
    def language(self) -> str:
        """Of its PDF."""
        return self.order.language

    @property
    def currency(self) -> str:
        """Of the order; nothing on a note is priced."""
        return self.order.currency

    opening: ClassVar[None] = None
    closing: ClassVar[None] = None


class NoteLine(TenantModel):
    """How much of one line of the order went along. What it says is its own, whatever the order says later."""

    __tablename__ = "delivery_note_line"
    __table_args__ = (
        unique("note_id", "order_line_id"),
        index("order_line_id"),
        index("product_id", where="product_id is not null"),
    )

    note_id: Mapped[UUID] = link("delivery_note", ondelete="CASCADE")
    order_line_id: Mapped[UUID] = link("order_line")
    position: Mapped[int]  # from 0, as the order lists them
    text: Mapped[str]
    unit: Mapped[str | None]
    product_id: Mapped[UUID | None] = link("product")
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)  # above 0; below 0 on a counter-note

    note: Mapped[DeliveryNote] = linked("note_id")
    product: Mapped[Product | None] = linked("product_id")

    # As paper and pages draw the lines of any paper.

    kind: ClassVar[LineKind] = LineKind.ITEM
    is_chosen: ClassVar[bool] = False
    discount: ClassVar[Decimal] = NOTHING
    tax_percent: ClassVar[Decimal] = NOTHING
