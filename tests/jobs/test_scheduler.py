"""The clock writes down what is due, once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, select, text

from saas import clock, wake
from saas.db import db
from saas.jobs import scheduler, triggers
from saas.jobs.scheduler import Scheduler
from saas.jobs.triggers import Rule
from saas.tenants import scope
from saas.tenants.models import Delivery, TenantStatus
from tests.factories import make_tenant
from tests.jobs.conftest import ask

OLD = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def rules(monkeypatch):
    """The rules of the test alone."""
    made: dict[str, Rule] = {}
    monkeypatch.setattr(triggers, "RULES", made)
    monkeypatch.setattr(wake, "now", lambda tenant_id: None)

    def add(name, **times):
        made[name] = Rule(name, **times)

    return add


@pytest.fixture
def zones(monkeypatch):
    """Only the workspaces that the test makes are looked at."""
    ids: list = []
    everyone = scheduler._tenants_in
    monkeypatch.setattr(scheduler, "_tenants_in", lambda zone: [row for row in everyone(zone) if row[0] in ids])

    def make(zone, **given):
        ids.append(make_tenant(timezone=zone, **{"created_at": OLD, **given}).id)
        return ids[-1]

    return make


def keys(tenant_id):
    with scope.enter(tenant_id):
        return sorted(db.session.scalars(select(Delivery.key)))


class TestTick:
    def test_writes_each_occurrence_once_however_many_look(self, app, context, rules, zones):
        rules("t.daily", cron="0 4 * * *")
        tenant_id, start = zones("Asia/Shanghai"), datetime(2026, 5, 5, 12, tzinfo=UTC)
        several = [Scheduler(app) for _ in range(3)]
        for hours in range(0, 72, 3):
            for one in several:
                one.tick(start + timedelta(hours=hours))
        assert keys(tenant_id) == ["2026-05-05T04:00", "2026-05-06T04:00", "2026-05-07T04:00", "2026-05-08T04:00"]
        with scope.enter(tenant_id):
            last = db.session.scalars(select(Delivery).order_by(Delivery.key.desc())).first()
            assert last.due_at == datetime(2026, 5, 7, 20, tzinfo=UTC)
            assert last.payload == {"at": "2026-05-07T20:00:00+00:00", "zone": "Asia/Shanghai"}

    def test_makes_up_for_the_last_time_missed_and_no_more(self, app, context, rules, zones):
        rules("t.daily", cron="0 4 * * *")
        tenant_id, one = zones("UTC"), Scheduler(app)
        one.tick(datetime(2026, 5, 5, 5, tzinfo=UTC))
        one.tick(datetime(2026, 5, 9, 3, tzinfo=UTC))
        assert keys(tenant_id) == ["2026-05-05T04:00", "2026-05-08T04:00"]

    def test_a_workspace_that_was_not_there_missed_nothing(self, app, context, rules, zones):
        rules("t.daily", cron="0 4 * * *")
        tenant_id = zones("UTC", created_at=datetime(2026, 5, 5, 10, tzinfo=UTC))
        Scheduler(app).tick(datetime(2026, 5, 5, 11, tzinfo=UTC))
        assert keys(tenant_id) == []

    def test_leaves_closed_workspaces_alone(self, app, context, rules, zones):
        rules("t.daily", cron="0 4 * * *")
        ids = [zones("UTC", status=s) for s in (TenantStatus.SUSPENDED, TenantStatus.CLOSED, TenantStatus.UNCONFIRMED)]
        Scheduler(app).tick(datetime(2026, 5, 5, 11, tzinfo=UTC))
        assert [keys(tenant_id) for tenant_id in ids] == [[], [], []]

    @pytest.mark.quick
    @pytest.mark.parametrize(
        ("zone", "cron", "day"),
        [
            ("America/Santiago", "30 0 * * *", "2026-09-06"),  # 24:00 becomes 1:00
            ("Asia/Beirut", "15 0 * * *", "2026-03-29"),
            ("Atlantic/Azores", "30 0 * * *", "2026-10-25"),  # 1:00 becomes 0:00
            ("Europe/Berlin", "0 3 * * *", "2026-10-25"),  # 3:00 comes twice
            ("Europe/Berlin", "0 3 * * *", "2026-03-29"),
        ],
    )
    def test_clocks_that_jump_and_change_start_nothing_twice(self, app, context, rules, zones, zone, cron, day):
        """Bar 39 in its short mode: each local day once, within a minute of the right time."""
        rules("t.daily", cron=cron)
        tenant_id = zones(zone)
        start = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=2)
        one, now = Scheduler(app), start
        jumps = {60: timedelta(hours=-1), 100: timedelta(hours=1), 120: timedelta(days=-1), 180: timedelta(days=-1)}
        for step in range(6 * 48):
            now += timedelta(minutes=30) + jumps.get(step, timedelta())
            one.tick(now + timedelta(seconds=20))
        with scope.enter(tenant_id):
            found = {row.key: row.due_at for row in db.session.scalars(select(Delivery))}
        days = [key[:10] for key in found]
        assert len(days) == len(set(days))
        assert {f"{clock.local(start + timedelta(days=n), zone):%Y-%m-%d}" for n in range(1, 4)} <= set(days)
        assert day in days
        for key, due_at in found.items():
            assert due_at == clock.instant_of(datetime.fromisoformat(key), zone)

    def test_tries_again_where_it_could_not_write(self, app, context, rules, zones, monkeypatch):
        rules("t.daily", cron="0 4 * * *")
        tenant_id, one = zones("UTC"), Scheduler(app)
        with db.engines[None].connect() as other:
            other.execute(text(f"set local app.tenant_id = '{tenant_id}'").execution_options(reviewed=True))
            row = "insert into delivery (tenant_id, id, handler, key, payload, due_at, attempts, created_at)" + (
                f" values ('{tenant_id}', gen_random_uuid(), 't.daily', '2026-05-05T04:00', '{{}}', now(), 0, now())"
            )
            other.execute(text(row).execution_options(reviewed=True))
            one.tick(datetime(2026, 5, 5, 5, tzinfo=UTC))  # waits for the other, in vain
            other.rollback()
        assert keys(tenant_id) == []
        one.tick(datetime(2026, 5, 5, 5, tzinfo=UTC))
        assert keys(tenant_id) == ["2026-05-05T04:00"]


class TestSweep:
    def test_wakes_for_work_that_waits_or_was_left_behind(self, app, context, monkeypatch):
        woken = []
        waits, left, held = make_tenant().id, make_tenant().id, make_tenant().id
        for tenant_id in (waits, left, held):
            ask(tenant_id, "t.x")
        with scope.enter(left):
            db.session.scalars(select(Delivery)).one().lease_until = clock.now() - timedelta(seconds=1)
            db.session.commit()
        with scope.enter(held):
            db.session.scalars(select(Delivery)).one().lease_until = clock.now() + timedelta(seconds=50)
            db.session.commit()
        monkeypatch.setattr(wake, "now", woken.append)
        Scheduler(app).sweep()
        assert {waits, left} <= set(woken)
        assert held not in woken


@contextmanager
def leading() -> Iterator[Connection]:
    """The session that leads, once the server has noticed that the one before is gone."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with scheduler._lock() as session:
            if session is not None:
                yield session
                return
        time.sleep(0.05)
    raise AssertionError("another session keeps the lock")


class TestLeading:
    def test_one_leads(self, app, context):
        with leading(), scheduler._lock() as second:
            assert second is None
        with leading() as third:
            assert third is not None

    def test_keeps_still_when_the_clocks_differ(self, app, context, monkeypatch):
        with leading() as session:
            assert scheduler.is_in_step(session)
            clock.shift(86400)  # tests may shift
            assert scheduler.is_in_step(session)
            real = clock.now
            monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=3))
            assert not scheduler.is_in_step(session)
