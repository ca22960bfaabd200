"""`saas jobs` and `saas verify-audit`."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, select, text

from saas import cli, clock
from saas.db import db
from saas.jobs import sealer
from saas.run.commands import _app
from saas.tenants import events, scope
from saas.tenants.models import Delivery
from tests.factories import make_agent, make_tenant
from tests.jobs.conftest import deliveries


@pytest.fixture
def saas(app, context, monkeypatch, capsys):
    """Run a command; its exit status, and what it said on both channels."""
    monkeypatch.setattr(_app, "create_app", lambda: app)

    def run(*words):
        db.session.rollback()
        status = cli.main(words)
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def place(context):
    """A workspace with a piece of work that was given up, and one that waits."""
    made = make_tenant()
    with scope.enter(made.id):
        for key in ("a", "b"):
            events.deliver("play.nothing", key=key, due_at=clock.now())
        row = db.session.scalars(select(Delivery).where(Delivery.key == "a")).one()
        row.gave_up_at, row.attempts, row.last_error = clock.now(), 5, "KeyError in crm.views, line 3"
        db.session.commit()
    return made


class TestJobs:
    def test_status_counts_and_names(self, saas, place):
        status, said, _ = saas("jobs", "status", "--json")
        found = json.loads(said)
        assert status == 0
        assert found["due"] >= 1
        (row,) = [row for row in found["stopped_jobs"] if row["workspace"] == place.slug]
        assert row["error"] == "KeyError in crm.views, line 3"
        assert row["id"] in saas("jobs", "status")[1]

    def test_retry_starts_it_again(self, saas, place):
        stopped = deliveries(place.id)[0]
        assert saas("jobs", "retry", str(stopped.id))[0] == 0
        assert deliveries(place.id)[0].gave_up_at is None
        status, _, error = saas("jobs", "retry", str(stopped.id))
        assert (status, "isn't stopped" in error) == (1, True)

    def test_refuses_what_is_not_there(self, saas, place):
        assert saas("jobs", "retry", str(uuid4()))[0] == 1
        assert saas("jobs", "retry", "x")[0] == 2


class TestVerifyAudit:
    def test_says_that_a_trail_is_whole_and_what_is_wrong_with_another(self, saas, config, context):
        whole, wrong = make_tenant(), make_tenant()
        for made in (whole, wrong):
            with scope.enter(made.id):
                for number in range(3):
                    events.record("thing.happened", make_agent(), by=scope.SYSTEM, changed={"n": number})
                db.session.commit()
            sealer.seal(made.id)
        engine = create_engine(config.admin_url)
        with engine.begin() as owner:
            owner.execute(text("update event set actor_kind = 'member' where tenant_id = :t"), {"t": wrong.id})
        engine.dispose()
        status, said, _ = saas("verify-audit", whole.slug)
        assert (status, said) == (0, f"{whole.slug}: whole; 3 sealed, 0 not sealed yet, anchored at 3\n")
        status, said, error = saas("verify-audit", wrong.slug)
        assert (status, said.startswith(f"{wrong.slug}: 3 wrong")) == (1, True)
        assert "altered at link 1" in error
        assert saas("verify-audit")[0] == 1
        assert saas("verify-audit", "no-such-place")[0] == 1
