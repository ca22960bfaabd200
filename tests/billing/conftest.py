"""A workspace that may buy, and a Stripe of the test's own."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, current_app

from saas import clock
from saas.billing import queries
from saas.billing.actions import buying, following
from saas.config import Config
from saas.db import db
from saas.jobs import runner
from saas.tenants import scope
from saas.tenants.models import Member, Tenant
from tests.factories import make_member, make_tenant
from tests.stripe_double import SECRET, Stripe

OLD_SECRET = "whsec_before"
RETURN_URL = "https://seaport.test/w/settings/billing"


@pytest.fixture
def stripe(app: Flask, config: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stripe]:
    """A fresh account; the app has its key."""
    with Stripe(now=lambda: clock.now().timestamp()) as account:
        settings = replace(
            config,
            stripe_api_key="sk_test_double",
            stripe_api_base=account.url,
            stripe_webhook_secrets=(SECRET, OLD_SECRET),
        )
        monkeypatch.setitem(app.extensions, "config", settings)
        yield account


@pytest.fixture
def workspace(stripe: Stripe, context: None) -> Iterator[Tenant]:
    """A workspace in trial, in scope, that can buy."""
    made = make_tenant(trial_ends_at=clock.now() + timedelta(days=30))
    with scope.enter(made.id):
        yield made


@pytest.fixture
def owner(workspace: Tenant) -> Member:
    """Its owner: the first seat."""
    made = make_member("owner")
    db.session.commit()
    return made


@pytest.fixture
def subscribed(stripe: Stripe, owner: Member) -> Callable[..., str]:
    """Buy seats and pay, and hear of it; gives Stripe's name of the subscription."""

    def buy(seats: int = 3) -> str:
        buying.subscribe(seats, by=owner, return_url=RETURN_URL)
        bought = stripe.pay(list(stripe.sessions)[-1])
        follow()
        return str(bought["id"])

    return buy


def follow() -> None:
    """Fetch the truth, as a job does."""
    following.follow()
    db.session.commit()


def work(tenant_id: UUID) -> None:
    """Do everything that is due, as a worker does: in a context of its own, without the test's scope."""
    db.session.rollback()
    contextvars.Context().run(_work, current_app._get_current_object(), str(tenant_id))


def _work(app: Flask, tenant_id: str) -> None:
    with app.app_context():
        while runner.run_tenant(tenant_id):
            pass


def later(seconds: float) -> None:
    """Move the clock on."""
    clock.shift(clock.offset().total_seconds() + seconds)


def limits() -> tuple[str, int | None]:
    """The workspace's state and seats, as the app role sees them."""
    db.session.rollback()
    db.session.expire_all()
    tenant = scope.workspace()
    return tenant.status.value, tenant.seat_limit


def state() -> dict[str, Any]:
    """What is kept of the subscription, without the numbers of the questions."""
    db.session.rollback()
    row = queries.subscription()
    assert row is not None
    names = ("stripe_id", "status", "quantity", "unit_amount", "currency", "period_end", "cancel_at", "troubled_since")
    return {name: getattr(row, name) for name in names}
