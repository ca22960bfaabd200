"""One look at everything, as if no message of Stripe's had come and no answer."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy import delete

from saas import clock
from saas.billing import gateway, queries
from saas.billing.actions import asking, following
from saas.billing.gateway import StripeRefused
from saas.billing.models import StripeEvent, StripeIntent
from saas.config import Config
from saas.db import current_tenant, db
from saas.tenants import scope

KEPT = timedelta(days=90)  # offers nobody took, and messages that were answered


def reconcile() -> dict[str, tuple[object, object]]:
    """Settle what has no answer, fetch the truth, and let the workspace in scope stand by it and by the clock. Commits.

    Returns:
        What was different: name → (before, after).

    Raises:
        StripeAway: Stripe doesn't answer.
    """
    config: Config = current_app.extensions["config"]
    if not config.has_billing:
        return {}
    before = _state()
    for intent in queries.open_intents():
        try:
            with gateway.patience():
                asking.ask(intent.id)
        except StripeRefused:
            db.session.rollback()
    following.follow()
    db.session.commit()
    _tidy()
    after = _state()
    return {name: (before[name], value) for name, value in after.items() if before[name] != value}


def _state() -> dict[str, object]:
    tenant, rented = scope.workspace(), queries.subscription()
    db.session.refresh(tenant, with_for_update=False)
    return {
        "state": tenant.status.value,
        "seat limit": tenant.seat_limit,
        "subscription": rented.status.value if rented and rented.status else None,
        "seats": rented.quantity if rented else 0,
        "bills": len(queries.bills(limit=1000)),
        "open orders": len(queries.open_intents()),
    }


def _tidy() -> None:
    """Forget offers that nobody took and messages long answered."""
    old = clock.now() - KEPT
    db.session.execute(delete(StripeIntent).where(StripeIntent.confirmed_at.is_(None), StripeIntent.created_at < old))
    db.session.commit()
    with queries.platform() as session:
        session.execute(
            delete(StripeEvent).where(StripeEvent.tenant_id == current_tenant(), StripeEvent.processed_at < old)
        )
