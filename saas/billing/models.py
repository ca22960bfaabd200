"""The tables of renting: what a workspace rents, what it paid, what Stripe told us and what we asked of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from saas.db import PlatformModel, TenantModel, index, link, linked, unique
from saas.tenants.models import Member


class BillingEvent(StrEnum):
    """What can happen to a workspace's rent, `noun.past_verb`."""

    SUBSCRIPTION_CHANGED = "subscription.changed"
    SEATS_ORDERED = "seats.ordered"
    BILL_PAID = "bill.paid"
    BILL_FAILED = "bill.failed"


class Status(StrEnum):
    """The eight states of a subscription, in Stripe's words."""

    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELED = "canceled"
    UNPAID = "unpaid"
    PAUSED = "paused"

    @property
    def is_over(self) -> bool:
        """True when it will never be alive again: a new one has to be bought."""
        return self in {Status.CANCELED, Status.INCOMPLETE_EXPIRED}

    @property
    def has_begun(self) -> bool:
        """True when its first payment came through (or none was due), whatever came later."""
        return self not in {Status.INCOMPLETE, Status.INCOMPLETE_EXPIRED}


class Subscription(PlatformModel):
    """What a workspace rents from us, as Stripe last told; one row a workspace, made with its Stripe customer.

    Written by the platform role only, and only from what was fetched from Stripe. The app role reads its own row.

    Answers from Stripe may overtake each other. Who asks takes a number first (`asked`); an answer is written unless
    one to a later question is already there (`heard`).
    """

    __tablename__ = "subscription"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"), unique=True)
    customer_id: Mapped[str] = mapped_column(unique=True)  # Stripe's name for the workspace
    is_live: Mapped[bool]  # made with a live key; a test key's rows mean nothing to a live one
    stripe_id: Mapped[str | None]  # None until the first purchase is paid for
    item_id: Mapped[str | None]  # the line of the purchase that counts seats
    status: Mapped[Status | None]
    quantity: Mapped[int] = mapped_column(default=0)  # seats
    unit_amount: Mapped[Decimal | None]  # per seat and month, before tax
    currency: Mapped[str | None]  # ISO 4217
    period_end: Mapped[datetime | None]  # when the next bill is due
    cancel_at: Mapped[datetime | None]  # it ends then, as the owner asked
    troubled_since: Mapped[datetime | None]  # when it stopped being in order; grace counts from here
    asked: Mapped[int] = mapped_column(default=0)
    heard: Mapped[int] = mapped_column(default=0)
    heard_at: Mapped[datetime | None]

    @property
    def is_bought(self) -> bool:
        """True when there is a purchase whose seats can be changed."""
        return self.status is not None and self.status.has_begun and not self.status.is_over


class StripeEvent(PlatformModel):
    """The inbox: one row for each message of Stripe's, however often it comes. What it says is never believed."""

    __tablename__ = "stripe_event"
    __table_args__ = (
        Index(None, "tenant_id"),
        Index("ix_stripe_event_waiting", "tenant_id", postgresql_where=text("processed_at is null")),
    )

    stripe_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]  # "invoice.paid"
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))  # None: not ours
    number: Mapped[int] = mapped_column(
        default=0
    )  # of the workspace's last question when it came; a later one covers it
    processed_at: Mapped[datetime | None]  # when the answer to a later question was written


class IntentKind(StrEnum):
    """What we ask of Stripe that must happen once."""

    CUSTOMER = "customer"
    CHECKOUT = "checkout"
    SEATS = "seats"


class StripeIntent(TenantModel):
    """Something to be asked of Stripe, written down with its idempotency key before it is asked.

    If the answer is lost, the same is asked again under the same key until there is one. A change of seats begins as an
    offer (`confirmed_at` is None): the owner sees the price first.
    """

    __tablename__ = "stripe_intent"
    __table_args__ = (
        unique(
            "kind",
            where="confirmed_at is not null and done_at is null and failed_at is null",
            name="uq_stripe_intent_open",
        ),
        index("created_at"),
    )

    kind: Mapped[IntentKind]
    key: Mapped[str]  # sent as Idempotency-Key; a new one only after a look that found nothing done
    key_at: Mapped[datetime]  # when this key was made: Stripe forgets it after 24 h
    params: Mapped[dict[str, Any]]  # exactly what is asked
    shown: Mapped[dict[str, Any]] = mapped_column(default=dict)  # the price the owner saw
    draft: Mapped[dict[str, Any] | None]  # the invitation that waits for the seat
    member_id: Mapped[UUID] = link("member")  # who asked
    confirmed_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]  # Stripe said no, or it is no longer wanted
    trouble: Mapped[str | None]  # Stripe's code for why
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what came of it: ids, the address to pay at

    member: Mapped[Member] = linked("member_id")

    @property
    def is_open(self) -> bool:
        """True when it is to be done and no answer is known."""
        return self.confirmed_at is not None and self.done_at is None and self.failed_at is None

    def is_stale(self, now: datetime) -> bool:
        """True when an offer is too old to be taken: its price counts the days from when it was made."""
        return self.confirmed_at is None and now - self.created_at > OFFER_HOLDS

    def has_old_key(self, now: datetime) -> bool:
        """True when Stripe may soon have forgotten the key: look what was done before asking again."""
        return now - self.key_at > KEY_HOLDS


OFFER_HOLDS = timedelta(minutes=30)
KEY_HOLDS = timedelta(hours=23)


class BillStatus(StrEnum):
    """The states of a bill, in Stripe's words; a draft is none yet."""

    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"

    @property
    def label(self) -> Any:
        """The word for it on screens."""
        return BILL_WORDS[self]


BILL_WORDS = {
    BillStatus.OPEN: _l("To be paid"),
    BillStatus.PAID: _l("Paid"),
    BillStatus.VOID: _l("Cancelled"),
    BillStatus.UNCOLLECTIBLE: _l("Given up"),
}


class SubscriptionInvoice(TenantModel):
    """A bill of ours to the workspace: the ledger of what it was asked for and what it paid."""

    __tablename__ = "subscription_invoice"
    __table_args__ = (unique("stripe_id"), index("issued_at"))

    stripe_id: Mapped[str]
    number: Mapped[str | None]
    status: Mapped[BillStatus]
    total: Mapped[Decimal]
    currency: Mapped[str]  # ISO 4217
    issued_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)  # how often Stripe tried to collect it
    url: Mapped[str | None]  # Stripe's page with the bill and its PDF

    @property
    def has_failed(self) -> bool:
        """True when a try to collect it failed and it is still owed."""
        return self.status is BillStatus.OPEN and self.tries > 0
