"""The sweep takes what is due, all of it and nothing else, whatever happens beside it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from saas import clock, search
from saas.crm.customers import ownership
from saas.crm.customers.models import Account, Contact, ShieldKind, Standing
from saas.crm.pool import actions as pool
from saas.crm.pool import sweep_actions
from saas.crm.pool.models import Move, MoveKind
from saas.db import db, new_id
from saas.tenants import scope
from saas.tenants.models import Delivery, Event, Notice
from tests.factories import make_account, make_agent, make_contact, make_tenant

JOB = "crm.reclaim_customer"


def later(days: int = 16):
    return clock.now() + timedelta(days=days)


def sweep(days: int = 16) -> int:
    db.session.flush()
    gone = sum(sweep_actions.sweep(JOB, now=later(days)))
    db.session.expire_all()
    return gone


class TestSweep:
    @pytest.mark.shows("PP8")
    def test_leaves_each_as_one_that_goes_by_itself(self, tenant):
        ann = make_agent()
        one, many = make_account(owner=ann), make_account(owner=ann)
        people = [make_contact(one), make_contact(many)]
        for account in (one, many):
            ownership.shield(account.id, ShieldKind.LOCK, new_id(), until=clock.now() + timedelta(days=1))
            db.session.expire(account)
        assert pool.reclaim(one.id, now=later())
        assert sweep() == 1
        said = ("owner_id", "team_id", "previous_owner_id", "standing", "owned_since", "intent_due_at", "kept_until")
        for name in (*said, "reclaim_at", "reclaim_reason"):
            assert getattr(many, name) == getattr(one, name), name
        assert many.pooled_at is not None
        assert [person.owner_id for person in people] == [None, None]
        assert {entry.owner_id for entry in db.session.query(search.SearchEntry)} == {None}
        first, second = (db.session.query(Move).filter(Move.account_id == a.id).one() for a in (one, many))
        for name in ("member_id", "pool_id", "kind", "reason"):
            assert getattr(first, name) == getattr(second, name), name
        told = [db.session.query(Event).filter_by(name=pool.RECLAIMED, subject_id=a.id).one() for a in (one, many)]
        assert told[0].changed == {**told[1].changed, "note": None}
        assert told[0].account_id == one.id
        assert told[1].account_id == many.id

    def test_looks_again_before_it_takes(self, tenant):
        ann = make_agent()
        spoken, bought, shielded = (make_account(owner=ann) for _ in range(3))
        db.session.flush()
        now = later()
        for account, said in (
            (spoken, {"last_contact_at": now - timedelta(days=1)}),
            (bought, {"standing": Standing.CUSTOMER}),
            (shielded, {"kept_until": now + timedelta(days=9)}),
        ):
            db.session.query(Account).filter(Account.id == account.id).update(said)  # past what keeps the dates true
        assert sweep() == 0
        assert {account.owner_id for account in (spoken, bought, shielded)} == {ann.id}
        assert spoken.reclaim_at > now

    def test_goes_on_behind_a_chunk(self, tenant, monkeypatch):
        monkeypatch.setattr(sweep_actions, "CHUNK", 2)
        ann = make_agent()
        for _ in range(5):
            make_account(owner=ann)
        assert sweep() == 5
        assert sweep() == 0
        assert db.session.query(Move).filter(Move.kind == MoveKind.RECLAIMED).count() == 5

    def test_one_that_cannot_go_holds_up_no_other(self, tenant, monkeypatch):
        monkeypatch.setattr(sweep_actions, "CHUNK", 2)
        accounts = [make_account(owner=make_agent()) for _ in range(5)]
        bad, whole = accounts[1].id, sweep_actions.return_many

        def broken(found, at, sweep_id):
            if bad in {account.id for account in found}:
                raise DBAPIError("update account", None, Exception("a trigger said no"))
            return whole(found, at, sweep_id)

        monkeypatch.setattr(sweep_actions, "return_many", broken)
        assert sweep() == 3
        asked = {row.payload["account_id"] for row in db.session.query(Delivery).filter(Delivery.handler == JOB)}
        assert str(bad) in asked
        assert len(asked) == 2

    def test_tells_an_owner_of_many_in_one_line(self, tenant):
        ann, bo = make_agent(), make_agent()
        for _ in range(4):
            make_account(owner=ann)
        make_account(owner=bo)
        sweep()
        lines = db.session.query(Notice).filter(Notice.kind == "pool.returned").all()
        assert {(line.member_id, line.params.get("count")) for line in lines} == {(ann.id, 4), (bo.id, None)}

    @pytest.mark.shows("PP8")
    def test_twice_at_once_takes_each_once(self, app, context):
        tenant = make_tenant()
        with scope.enter(tenant.id):
            ann = make_agent()
            for _ in range(40):
                make_account(owner=ann)
            db.session.commit()
        gone, gate = [], threading.Barrier(2)

        def run() -> None:
            with app.app_context(), scope.enter(tenant.id):
                gate.wait()
                for many in sweep_actions.sweep(JOB, now=later()):
                    db.session.commit()
                    gone.append(many)

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(gone) == 40
        with scope.enter(tenant.id):
            assert db.session.query(Move).count() == 40
            assert db.session.query(Contact).count() == 0
