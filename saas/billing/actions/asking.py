"""What is asked of Stripe, once each: written down with its key, asked until there is an answer, noted.

No transaction is open while Stripe is asked. So these verbs commit, each where it says; a process may die at any of
those places, and whoever takes the intent up again asks the same under the same key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock
from saas.billing import gateway, queries
from saas.billing.actions import following
from saas.billing.gateway import StripeAway, StripeRefused
from saas.billing.models import IntentKind, StripeIntent, Subscription
from saas.db import current_tenant, db, new_id
from saas.tenants import events
from saas.tenants.models import Member

SETTLE = "billing.settle"  # the job that asks again
INVITE = "billing.invite"  # the job that sends the invitation which waited for the seat
INVITED_BY_THEN = timedelta(seconds=60)  # the page that bought the seat has sent the invitation, unless it broke
FIRST_LOOK = timedelta(seconds=60)  # after which an intent without an answer is taken up again
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP = timedelta(days=3)  # the nightly look at everything still finds it afterwards


def write_down(
    kind: IntentKind,
    params: Mapping[str, Any],
    *,
    by: Member,
    is_confirmed: bool = True,
    shown: Mapping[str, Any] | None = None,
) -> StripeIntent:
    """Write down what will be asked; it may be asked once the transaction has been committed."""
    now, made = clock.now(), new_id()
    intent = StripeIntent(
        id=made,
        kind=kind,
        key=f"seaport-{made}",
        key_at=now,
        params=dict(params),
        shown=dict(shown or {}),
        member_id=by.id,
        confirmed_at=now if is_confirmed else None,
    )
    db.session.add(intent)
    db.session.flush()
    if is_confirmed:
        look_again(intent.id, 1)
    return intent


def look_again(intent_id: UUID, tries: int) -> None:
    """Have a worker take the intent up, if it has no answer by then."""
    wait = min(FIRST_LOOK * 2 ** (tries - 1), LONGEST_WAIT)
    payload = {"intent_id": intent_id, "tries": tries}
    events.deliver(SETTLE, key=f"{intent_id}:{tries}", due_at=clock.now() + wait, payload=payload)


def settle(intent_id: UUID, tries: int) -> None:
    """Take an intent up again; while Stripe is away, later once more. Commits."""
    try:
        ask(intent_id)
    except StripeAway:
        db.session.rollback()
        intent = queries.intent(intent_id)
        if intent.confirmed_at and clock.now() - intent.confirmed_at < GIVE_UP:
            look_again(intent_id, tries + 1)
    except StripeRefused:
        db.session.rollback()  # noted; the owner reads it on his page


def ask(intent_id: UUID) -> StripeIntent:
    """Ask Stripe for an intent that is open, and note what came of it; another comes back as it is. Commits.

    Raises:
        StripeAway: there is no answer that tells; it will be asked again.
        StripeRefused: Stripe said no; that is noted.
    """
    intent = queries.intent(intent_id)
    rented = queries.subscription()
    db.session.commit()
    if not intent.is_open:
        return intent
    with gateway.patience():
        try:
            outcome = _answer(intent, rented.customer_id if rented else None)
        except StripeRefused as error:
            _note_refusal(intent, error)
            raise
        return _finish(intent, outcome)


def _answer(intent: StripeIntent, customer_id: str | None) -> dict[str, Any]:
    """What came of the intent, asked for now or found to be there."""
    used = intent.key
    if intent.has_old_key(clock.now()):
        found = gateway.look_up(intent, customer_id)
        if found is not None:
            return found
        if intent.kind is IntentKind.CHECKOUT:  # nobody waits for a payment page of yesterday
            raise StripeRefused("", code="outdated")
        _renew_key(intent.id, used)
        used = intent.key  # the session holds each row once, so this is the new one
    try:
        return gateway.carry_out(intent)
    except StripeAway as error:
        if not error.is_replay:
            raise
        # Stripe keeps even a failure under the key and would repeat it for a day: see what it did, then ask anew.
        found = gateway.look_up(intent, customer_id)
        if found is not None:
            return found
        _renew_key(intent.id, used)
        raise


def _renew_key(intent_id: UUID, used: str) -> None:
    """Give an intent that left no trace at Stripe under the key `used` a new one, kept before it is sent."""
    row = queries.lock_intent(intent_id)
    if row.is_open and row.key == used:  # else another process was first, and its key is taken
        row.key, row.key_at = f"seaport-{row.id}-{clock.now():%Y%m%d%H%M%S%f}", clock.now()
    db.session.commit()


def _finish(intent: StripeIntent, outcome: dict[str, Any]) -> StripeIntent:
    """Note that it was done, and what follows from it: first on the platform's side, which may be done twice."""
    if intent.kind is IntentKind.CUSTOMER:
        _keep_customer(outcome)
    if intent.kind is IntentKind.SEATS:
        following.follow()
    row = queries.lock_intent(intent.id)
    if row.done_at is None:
        row.done_at, row.failed_at, row.trouble, row.outcome = clock.now(), None, None, outcome
        if row.draft:
            payload = {"intent_id": row.id}
            events.deliver(INVITE, key=str(row.id), due_at=clock.now() + INVITED_BY_THEN, payload=payload)
    db.session.commit()
    return row


def _keep_customer(outcome: Mapping[str, Any]) -> None:
    """Remember under which name Stripe knows the workspace; the first name stays, unless it was a test's."""
    new = {"customer_id": outcome["id"], "is_live": outcome["is_live"]}
    fresh = dict.fromkeys(
        ("stripe_id", "item_id", "status", "unit_amount", "currency", "period_end", "cancel_at", "troubled_since")
    )
    row = {"id": new_id(), "tenant_id": current_tenant(), "created_at": clock.now(), "asked": 0, "heard": 0}
    statement = upsert(Subscription).values(row | new | {"quantity": 0})
    statement = statement.on_conflict_do_update(
        index_elements=["tenant_id"],
        set_=new | fresh | {"quantity": 0},
        where=Subscription.is_live != outcome["is_live"],
    )
    with queries.platform() as session:
        session.execute(statement)


def _note_refusal(intent: StripeIntent, error: StripeRefused) -> None:
    row = queries.lock_intent(intent.id)
    if row.is_open:
        row.failed_at, row.trouble, row.outcome = clock.now(), error.code or "refused", {"said": error.sentence}
    db.session.commit()
    if intent.kind is IntentKind.SEATS:
        following.stand()  # what was lowered before Stripe was asked goes back to what is paid
        db.session.commit()
