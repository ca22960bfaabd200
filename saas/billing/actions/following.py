"""What Stripe holds, brought over: its messages are taken in, the truth is fetched, and the workspace stands by it.

A message only says that something happened to a customer. What is written is what Stripe answers when asked, so the
order and number of messages don't matter, and one look at everything makes up for all that were lost.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock
from saas.billing import gateway, queries
from saas.billing.entitlement import Access
from saas.billing.gateway import Bill, Snapshot
from saas.billing.models import (
    BillingEvent,
    BillStatus,
    IntentKind,
    Status,
    StripeEvent,
    Subscription,
    SubscriptionInvoice,
)
from saas.billing.signature import is_genuine
from saas.config import Config
from saas.db import current_tenant, db, new_id
from saas.errors import BusinessError
from saas.tenants import events, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Event, Tenant, TenantStatus

FOLLOW = "billing.follow"  # the job that answers a message
LOOK_AGAIN = "billing.look_again"  # the job that looks at everything in a workspace at rest


class NotGenuine(BusinessError):
    """The message isn't Stripe's, or can't be read."""

    status = 400


@dataclass(frozen=True)
class Question:
    """A number taken before Stripe is asked, and for whom."""

    number: int
    customer_id: str


# ── messages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def receive(body: bytes, header: str) -> None:
    """Take a message of Stripe's into the inbox and have it followed. Commits; doing it again changes nothing.

    Raises:
        NotGenuine: it isn't signed by Stripe, too old, or no message.
    """
    if not is_genuine(body, header, _config().stripe_webhook_secrets, clock.now()):
        raise NotGenuine("")
    stripe_id, kind, is_live, customer_id = _read(body)
    if is_live != gateway.is_live():
        return  # of a test account while we are live, or the other way round
    row: dict[str, Any] = {"id": new_id(), "created_at": clock.now(), "stripe_id": stripe_id, "kind": kind, "number": 0}
    with queries.platform() as session:
        rented = queries.by_customer(session, customer_id) if customer_id else None
        row |= {"tenant_id": rented.tenant_id, "number": rented.asked} if rented else {}
        session.execute(upsert(StripeEvent).values(row).on_conflict_do_nothing(index_elements=["stripe_id"]))
    if rented is not None:
        # Also for one that is here already: the process may have died between the two, and Stripe sent it again.
        with scope.enter(rented.tenant_id):
            events.deliver(FOLLOW, key=stripe_id, due_at=clock.now(), payload={"message": stripe_id})
            db.session.commit()


def _read(body: bytes) -> tuple[str, str, bool, str | None]:
    """Id, kind, whether it is of a live account, and the customer it is about."""
    try:
        message = json.loads(body)
        thing = message["data"]["object"]
        customer = thing.get("id") if thing.get("object") == "customer" else thing.get("customer")
        customer = customer.get("id") if isinstance(customer, dict) else customer
        return str(message["id"]), str(message["type"]), message["livemode"] is True, customer and str(customer)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotGenuine("") from error


# ── the truth ───────────────────────────────────────────────────────────────────────────────────────────────────────


def answer(message: str) -> None:
    """Follow a message, unless it was followed together with a later one. Commits as `follow` does."""
    if not queries.is_answered(message):
        follow()


def follow() -> None:
    """Bring the workspace in scope in line with what Stripe holds. Commits before it asks; after that the caller does.

    Raises:
        StripeAway: Stripe didn't answer; nothing has changed.
    """
    db.session.commit()
    question = _take_number()
    if question is None:
        stand()
        return
    with gateway.patience():
        snapshot = gateway.subscription_of(question.customer_id)
        bills = gateway.bills_of(question.customer_id)
    tenants.seat_limit(for_update=True)  # whoever takes a seat, or also follows, waits until this is committed
    if _write(question, snapshot, bills):
        _keep_bills(bills)
    stand()
    _tell()


def stand() -> None:
    """Let the workspace's state and seats be what its subscription and the clock say. The caller commits."""
    if not _config().has_billing:
        return  # nothing is charged, and nothing ends
    tenants.seat_limit(for_update=True)
    ceiling = _ceiling()
    with queries.platform() as session:
        tenant, rented = queries.lock_tenant(session), queries.lock_subscription(session)
        _stand(tenant, rented, ceiling)
        is_at_rest = tenant.status is TenantStatus.SUSPENDED
    if is_at_rest:
        keep_looking()


def keep_looking() -> None:
    """Have a workspace at rest looked at again tomorrow: what the clock starts is for open ones."""
    tomorrow = clock.now() + timedelta(days=1)
    events.deliver(LOOK_AGAIN, key=tomorrow.date().isoformat(), due_at=tomorrow)


def _take_number() -> Question | None:
    statement = (
        update(Subscription)
        .where(Subscription.tenant_id == current_tenant(), Subscription.is_live == gateway.is_live())
        .values(asked=Subscription.asked + 1)
        .returning(Subscription.asked, Subscription.customer_id)
        .execution_options(synchronize_session=False)
    )
    if not _config().has_billing:
        return None
    with queries.platform() as session:
        row = session.execute(statement).one_or_none()
    return Question(row.asked, row.customer_id) if row else None


def _write(question: Question, snapshot: Snapshot | None, bills: list[Bill]) -> bool:
    """Write an answer unless one to a later question is there; messages from before the question are answered by it."""
    with queries.platform() as session:
        row = queries.lock_subscription(session)
        if row is None or row.heard >= question.number:
            return False
        row.heard, row.heard_at = question.number, clock.now()
        row.stripe_id, row.item_id = (snapshot.stripe_id, snapshot.item_id) if snapshot else (None, None)
        row.status = snapshot.status if snapshot else None
        row.quantity = snapshot.quantity if snapshot else 0
        row.unit_amount, row.currency = (snapshot.unit_amount, snapshot.currency) if snapshot else (None, None)
        row.period_end = snapshot.period_end if snapshot else None
        row.cancel_at = snapshot.cancel_at if snapshot else None
        row.troubled_since = _since(snapshot, bills) if snapshot else None
        session.execute(
            update(StripeEvent)
            .where(
                StripeEvent.tenant_id == current_tenant(),
                StripeEvent.processed_at.is_(None),
                StripeEvent.number < question.number,
            )
            .values(processed_at=clock.now())
            .execution_options(synchronize_session=False)
        )
        return True


def _since(snapshot: Snapshot, bills: list[Bill]) -> datetime | None:
    """When a subscription stopped being in order; from Stripe's facts alone, so the answer is always the same."""
    if snapshot.status in {Status.ACTIVE, Status.TRIALING}:
        return None
    if snapshot.status in {Status.CANCELED, Status.INCOMPLETE_EXPIRED}:
        return snapshot.ended_at or snapshot.period_end
    if snapshot.status is Status.INCOMPLETE:
        return snapshot.created
    owed = [b.issued_at for b in bills if b.status is BillStatus.OPEN and b.issued_at >= snapshot.created]
    return min(owed, default=snapshot.period_start)


def _ceiling() -> int | None:
    """The seats that an order on its way leaves, if it lowers them: none above it may be taken any more."""
    found = queries.open_intent(IntentKind.SEATS)
    return int(found.shown["to"]) if found is not None else None


def _stand(tenant: Tenant, rented: Subscription | None, ceiling: int | None) -> None:
    if tenant.status not in {TenantStatus.TRIAL, TenantStatus.ACTIVE, TenantStatus.SUSPENDED}:
        return
    has_begun = rented is not None and rented.status is not None and rented.status.has_begun
    if queries.standing(rented, tenant, clock.now()).access is Access.READ_ONLY:
        tenant.status = TenantStatus.SUSPENDED
    else:
        tenant.status = TenantStatus.ACTIVE if has_begun else TenantStatus.TRIAL
    if rented is None or not has_begun:
        tenant.seat_limit = None
    else:
        tenant.seat_limit = rented.quantity if ceiling is None else min(rented.quantity, ceiling)


# ── the ledger and the trail ────────────────────────────────────────────────────────────────────────────────────────


def _keep_bills(bills: list[Bill]) -> None:
    rented = queries.subscription()
    known = {row.stripe_id: row for row in queries.bills(limit=1000)}
    for bill in sorted(bills, key=lambda bill: (bill.issued_at, bill.stripe_id)):
        row = known.get(bill.stripe_id)
        was_paid, had_failed = (row.status is BillStatus.PAID, row.has_failed) if row else (False, False)
        if row is None:
            row = SubscriptionInvoice(stripe_id=bill.stripe_id)
            db.session.add(row)
        row.number, row.status, row.total, row.currency = bill.number, bill.status, bill.total, bill.currency
        row.issued_at, row.paid_at, row.tries, row.url = bill.issued_at, bill.paid_at, bill.tries, bill.url
        db.session.flush()
        facts = {"number": bill.number, "total": bill.total, "currency": bill.currency}
        if row.status is BillStatus.PAID and not was_paid and rented is not None:
            events.record(BillingEvent.BILL_PAID, row, by=scope.SYSTEM, changed=facts)
        if row.has_failed and not had_failed and rented is not None:
            events.record(BillingEvent.BILL_FAILED, row, by=scope.SYSTEM, changed=facts)


def _tell() -> None:
    """Record what is different from what the trail last said; whoever does so holds the seats, so it is said once."""
    rented = queries.subscription()
    if rented is None:
        return
    last = db.session.scalars(
        select(Event)
        .where(
            Event.subject_kind == Subscription.__tablename__,
            Event.subject_id == rented.id,
            Event.name == BillingEvent.SUBSCRIPTION_CHANGED,
        )
        .order_by(Event.id.desc())
        .limit(1)
    ).one_or_none()
    before: dict[str, Any] = last.changed["now"] if last else {"status": None, "seats": 0, "cancel_at": None}
    now = {"status": rented.status, "seats": rented.quantity, "cancel_at": rented.cancel_at}
    told = events.plain(now)
    if told != before:
        changed = {name: [before.get(name), value] for name, value in told.items() if before.get(name) != value}
        events.record(BillingEvent.SUBSCRIPTION_CHANGED, rented, by=scope.SYSTEM, changed=changed | {"now": told})


def _config() -> Config:
    found: Config = current_app.extensions["config"]
    return found
