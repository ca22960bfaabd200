"""Jobs of the tests' own, and ways to see what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from saas import clock
from saas.db import db
from saas.jobs import runner, triggers
from saas.tenants import events, scope
from saas.tenants.models import Delivery


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Make a function a job for the length of the test, and say its name."""
    monkeypatch.setattr(triggers, "JOBS", dict(triggers.JOBS))

    def make(function: Callable[..., Any]) -> str:
        triggers.JOBS.pop(triggers.name_of(function), None)
        triggers.due(function)
        return triggers.name_of(function)

    return make


@pytest.fixture(autouse=True)
def _not_stopping() -> Iterator[None]:
    yield
    runner._stopping.clear()


def ask(tenant_id: UUID, name: str, *keys: str, **payload: Any) -> None:
    """Ask for work, as an action would, and commit."""
    with scope.enter(tenant_id):
        for key in keys or ("once",):
            events.deliver(name, key=key, due_at=clock.now(), payload=payload)
        db.session.commit()


def run(tenant_id: UUID) -> int:
    """What a worker does with a wake-up."""
    return runner.run_tenant(str(tenant_id))


def deliveries(tenant_id: UUID) -> list[Delivery]:
    """All deliveries of a workspace, by key; detached."""
    with scope.enter(tenant_id):
        found = list(db.session.scalars(select(Delivery).order_by(Delivery.key)))
        db.session.expunge_all()
        return found


def later(seconds: float) -> None:
    """Move this process's clock on."""
    clock.shift((clock.offset() + timedelta(seconds=seconds)).total_seconds())
