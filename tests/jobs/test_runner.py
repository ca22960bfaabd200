"""A delivery is done once, whatever happens in between."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from flask_babel import get_locale, get_timezone
from sqlalchemy import select, text

from saas import clock, wake
from saas.db import db
from saas.errors import NotReady, Refused
from saas.jobs import runner
from saas.tenants import events, queries, scope
from saas.tenants.actions import trail
from saas.tenants.models import Delivery, Event, Notice, Setting
from tests.factories import make_agent, make_member, make_tenant
from tests.jobs.conftest import ask, deliveries, later, run


@pytest.fixture
def place(context):
    """The id of a workspace that is not in scope."""
    return make_tenant().id


def settings_of(tenant_id):
    with scope.enter(tenant_id):
        return sorted(db.session.scalars(select(Setting.key)))


def leave_a_mark(key: str = "mark") -> None:
    db.session.add(Setting(key=f"{key}-{uuid4()}", value={}))


class TestRunTenant:
    def test_does_due_work_once(self, place, job):
        name = job(leave_a_mark)
        ask(place, name, "a", "b")
        ask(place, name, "a")  # asked again: the same work
        assert run(place) == 2
        assert run(place) == 0
        assert len(settings_of(place)) == 2
        assert all(row.done_at and row.lease is None and row.attempts == 1 for row in deliveries(place))

    def test_hands_over_the_event(self, place, job, monkeypatch):
        seen = []
        name = job(leave_a_mark)
        monkeypatch.setitem(runner.triggers.JOBS, name, lambda work: seen.append(work.event.changed))
        monkeypatch.setattr(events, "_wanted", {"thing.happened": [name]})
        with scope.enter(place):
            events.record("thing.happened", make_agent(), by=scope.SYSTEM, changed={"n": 3})
            db.session.commit()
        run(place)
        assert seen == [{"n": 3}]

    def test_leaves_what_is_not_due_yet(self, place, job):
        name = job(leave_a_mark)
        with scope.enter(place):
            events.deliver(name, key="tomorrow", due_at=clock.now() + timedelta(hours=20))
            db.session.commit()
        assert run(place) == 0
        later(20 * 3600 + 1)
        assert run(place) == 1

    def test_sees_its_own_workspace_only(self, context, job):
        one, other = make_tenant().id, make_tenant().id
        ask(one, job(leave_a_mark))
        ask(other, job(leave_a_mark))
        run(one)
        assert (len(settings_of(one)), len(settings_of(other))) == (1, 0)

    def test_takes_twenty_and_asks_to_be_woken_again(self, place, job, monkeypatch):
        woken = []
        ask(place, job(leave_a_mark), *(str(n) for n in range(23)))
        monkeypatch.setattr(wake, "now", woken.append)
        assert run(place) == 20
        assert woken == [place]
        assert run(place) == 3
        assert woken == [place]

    def test_undoes_the_effect_of_a_job_that_fails(self, place, job):
        def half_done():
            leave_a_mark()
            db.session.flush()
            raise Refused("The letter has no address.")

        ask(place, job(half_done))
        run(place)
        (row,) = deliveries(place)
        assert settings_of(place) == []
        assert (row.done_at, row.lease, row.attempts) == (None, None, 1)
        assert row.last_error == "The letter has no address."

    def test_keeps_no_value_of_a_record_in_the_error(self, place, job):
        def leak():
            queries.role("customer's-secret")
            raise KeyError("hunter2")

        def leak_sql():
            db.session.add_all([Setting(key="hunter2", value={}), Setting(key="hunter2", value={})])

        ask(place, job(leak))
        ask(place, job(leak_sql))
        run(place)
        said = [row.last_error for row in deliveries(place)]
        assert not any("secret" in line or "hunter2" in line for line in said)
        assert any("IntegrityError in jobs.runner" in line for line in said)

    def test_what_waits_for_a_part_of_the_machine_uses_up_no_try(self, place, job):
        there = []

        def wait():
            if not there:
                raise NotReady("no Pango yet")
            leave_a_mark()

        ask(place, job(wait))
        for _minute in range(trail.TRIES + 2):
            run(place)
            later(61)
        (row,) = deliveries(place)
        assert (row.attempts, row.gave_up_at, row.last_error) == (0, None, "no Pango yet")
        there.append("Pango")
        run(place)
        assert len(settings_of(place)) == 1

    def test_speaks_the_workspaces_language(self, context, job):
        def speak():
            raise Refused(f"{get_locale()} {get_timezone()}")

        place = make_tenant(locale="zh", timezone="Asia/Shanghai").id
        ask(place, job(speak))
        run(place)
        assert deliveries(place)[0].last_error == "zh Asia/Shanghai"

    def test_gives_every_delivery_a_session_of_its_own(self, place, job):
        seen = []

        def look():
            seen.append(list(db.session))

        def dirty():
            leave_a_mark()
            raise ValueError

        ask(place, job(dirty), "a")
        ask(place, job(look), "b")
        run(place)
        assert seen == [[]]


@pytest.mark.quick
class TestHygiene:
    """Bar 5 in its short mode, by jobs: one worker, two workspaces in turns, and all that goes wrong in between."""

    def test_holds_through_faults(self, context, job):
        seed = random.randrange(2**32)
        print(f"seed {seed}")
        chance, foreign = random.Random(seed), []
        name = job(lambda n, fault: touch(foreign, n, fault))
        places = [make_tenant().id for _ in range(2)]
        for n in range(120):
            place = chance.choice(places)
            ask(place, name, str(n), n=f"{place} {n}", fault=chance.choice(["none", "none", *FAULTS]))
            run(place)
        assert foreign == []
        for place in places:
            kept = settings_of(place)
            assert len(kept) > 20
            assert all(key.startswith(f"{place} ") for key in kept)


FAULTS = ("error", "commit", "savepoint", "timeout", "abort")


def touch(foreign: list[str], n: str, fault: str) -> None:
    """Look at every mark in sight, note those of another workspace, and leave one, whatever happens then."""
    own = n.partition(" ")[0]
    foreign += [key for key in db.session.scalars(select(Setting.key)) if not key.startswith(f"{own} ")]
    db.session.add(Setting(key=n, value={}))
    db.session.flush()
    if fault == "error":
        raise ZeroDivisionError
    if fault == "commit":
        runner.heartbeat()
    if fault == "savepoint":
        db.session.begin_nested().rollback()
    if fault == "timeout":
        db.session.execute(text("set local statement_timeout = 1").execution_options(reviewed=True))
        db.session.execute(text("select pg_sleep(0.05)").execution_options(reviewed=True))
    if fault == "abort":
        db.session.connection().invalidate()


class TestTries:
    def test_waits_longer_each_time_and_stops_after_five(self, place, job):
        def never():
            raise ValueError

        with scope.enter(place):
            owner = make_member("owner").id
            make_agent()
            db.session.commit()
        ask(place, job(never))
        waits = []
        for _ in range(5):
            assert run(place) == 1
            (row,) = deliveries(place)
            waits.append(round((row.due_at - clock.now()).total_seconds()))
            assert run(place) == 0
            later(max(waits[-1], 0) + 1)
        assert waits[:4] == [30, 120, 480, 1920]
        assert row.gave_up_at
        later(10**6)
        assert run(place) == 0
        with scope.enter(place):
            assert db.session.scalars(select(Notice.member_id)).all() == [owner]
            assert [found.id for found in queries.stopped_deliveries()] == [row.id]

    def test_counts_tries_that_take_their_process_down(self, place, job):
        ask(place, job(leave_a_mark))
        for _ in range(trail.TRIES):
            with scope.enter(place):
                (hold,) = trail.take(20, lease=runner.LEASE)
                assert trail.begin(hold, lease=runner.LEASE)
                db.session.commit()  # and no more is heard of it
            later(61)
        assert run(place) == 1
        (row,) = deliveries(place)
        assert row.gave_up_at
        assert settings_of(place) == []

    def test_a_job_that_is_gone_fails_like_any_other(self, place):
        ask(place, "crm.no_such_job")
        run(place)
        assert deliveries(place)[0].last_error == "LookupError in jobs.runner, line " + str(_line("no job is named"))

    def test_can_be_tried_again_once_stopped(self, place, job):
        name = job(leave_a_mark)
        ask(place, name)
        with scope.enter(place):
            row = db.session.scalars(select(Delivery)).one()
            with pytest.raises(trail.NotStopped):
                trail.retry(row.id, by=scope.SYSTEM)
            row.gave_up_at, row.attempts = clock.now(), 5
            db.session.commit()
            trail.retry(row.id, by=make_agent())
            db.session.commit()
        assert run(place) == 1
        assert len(settings_of(place)) == 1
        with scope.enter(place):
            assert db.session.scalars(select(Event.name)).all() == ["delivery.retried"]


class TestLease:
    def test_nobody_else_takes_what_is_held(self, place, job):
        ask(place, job(leave_a_mark))
        with scope.enter(place):
            assert len(trail.take(20, lease=runner.LEASE)) == 1
            db.session.commit()
        assert run(place) == 0
        later(61)
        assert run(place) == 1

    def test_an_orphan_cannot_finish(self, place, job):
        def slow():
            leave_a_mark("orphan")
            _take_over(place)

        ask(place, job(slow))
        run(place)
        (row,) = deliveries(place)
        assert settings_of(place) == []
        assert row.lease
        assert (row.done_at, row.attempts, row.last_error) == (None, 1, None)

    def test_an_orphan_cannot_go_on_in_chunks(self, place, job):
        def in_chunks():
            leave_a_mark("first")
            runner.heartbeat()
            leave_a_mark("second")
            _take_over(place)
            runner.heartbeat()
            leave_a_mark("third")

        ask(place, job(in_chunks))
        run(place)
        assert [key.split("-")[0] for key in settings_of(place)] == ["first"]

    def test_a_heartbeat_keeps_the_delivery(self, place, job, monkeypatch):
        def long():
            for _ in range(3):
                later(50)
                runner.heartbeat()
                with db.engines["platform"].connect() as other:
                    assert place not in other.scalars(_due(), {"at": clock.now()}).all()

        ask(place, job(long))
        run(place)
        assert deliveries(place)[0].done_at

    def test_a_job_that_never_ends_is_stopped(self, place, job, monkeypatch):
        monkeypatch.setattr(runner, "LEASE", timedelta(seconds=0.2))

        def endless():
            while True:
                try:
                    time.sleep(5)
                except Exception:
                    continue

        ask(place, job(endless))
        run(place)
        assert deliveries(place)[0].last_error.startswith("TookTooLong")
        ask(place, job(leave_a_mark), "after")
        run(place)
        assert len(settings_of(place)) == 1

    def test_what_was_not_begun_is_given_back_at_the_end(self, place, job):
        def last():
            runner.finish_up()

        ask(place, job(last), "a")
        ask(place, job(leave_a_mark), "b", "c")
        run(place)
        assert [(row.done_at is not None, row.lease, row.attempts) for row in deliveries(place)] == [
            (True, None, 1),
            (False, None, 0),
            (False, None, 0),
        ]


def _take_over(tenant_id):
    """Another process finds the lease run out, takes the delivery and begins."""
    from sqlalchemy import text

    with db.engines[None].begin() as other:
        other.execute(text(f"set local app.tenant_id = '{tenant_id}'").execution_options(reviewed=True))
        other.execute(text("update delivery set lease = gen_random_uuid()").execution_options(reviewed=True))


def _due():
    from sqlalchemy import text

    return text("select due_tenants(:at, 100)")


def _line(words):
    source = (runner.HOME / "jobs" / "runner.py").read_text().splitlines()
    return next(number for number, line in enumerate(source, 1) if words in line)
