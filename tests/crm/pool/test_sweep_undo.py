"""What a sweep took is given back as one, as far as nobody has touched it since."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from saas import clock
from saas.crm.customers import ownership
from saas.crm.customers.models import Account, Standing
from saas.crm.merges import actions as merges
from saas.crm.pool import actions as pool
from saas.crm.pool import (
    batch_actions,
    ledger_queries,
    pool_actions,
    queries,
    sweep_actions,
    sweep_queries,
    sweep_undo_actions,
)
from saas.crm.pool import rule_actions as pool_rules
from saas.crm.pool.models import Move, MoveKind, ReleaseReason, StayReason, Sweep, Undoing
from saas.crm.pool.rules import Rules
from saas.db import db
from saas.errors import BusinessError
from saas.run import postgres
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Event, MemberStatus, Notice
from tests.factories import make_account, make_agent, make_member, make_tenant, sign_in
from tests.workers import work

JOB = "crm.reclaim_customer"
WAITING = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


def grow_old(*accounts: Account) -> None:
    """Let nobody have spoken to them for so long that they are due now."""
    db.session.flush()
    past = clock.now() - timedelta(days=20)
    for account in accounts:
        db.session.query(Account).filter(Account.id == account.id).update(
            {"owned_since": past, "reclaim_at": past + timedelta(days=15)}
        )
    db.session.expire_all()


def sweep() -> Sweep:
    sum(sweep_actions.sweep(JOB))
    db.session.expire_all()
    return sweep_queries.sweeps()[0]


def undo(found: Sweep, by) -> Sweep:
    sweep_undo_actions.undo(found, "The limit was wrong.", by=by)
    for _chunk in sweep_undo_actions.proceed(found.id):
        db.session.flush()
    return sweep_queries.sweep(found.id)


def now_of(account_id) -> Account:
    return db.session.query(Account).filter(Account.id == account_id).one()


class TestUndo:
    @pytest.mark.shows("PP4", "PP8")
    def test_gives_back_and_starts_the_days_anew(self, tenant, monkeypatch):
        monkeypatch.setattr(sweep_undo_actions, "CHUNK", 2)
        boss, ann, bo = make_member("owner"), make_agent(name="Ann"), make_agent(name="Bo")
        accounts, owners = [make_account(owner=one) for one in (ann, ann, bo)], [ann.id, ann.id, bo.id]
        ids, who = [one.id for one in accounts], boss.id
        grow_old(*accounts)
        found = sweep()
        assert found.counts == {"no_contact": 3}
        before = clock.now()
        found = undo(found, boss)
        assert (found.undoing, found.back, found.looked_at) == (Undoing.DONE, 3, 3)
        accounts = [now_of(one) for one in ids]
        assert [one.owner_id for one in accounts] == owners
        assert {one.standing for one in accounts} == {Standing.TRACKED}
        assert all(one.reclaim_at >= before + timedelta(days=15) for one in accounts)
        assert sum(sweep_actions.sweep(JOB)) == 0, "the next sweep leaves them"
        told = db.session.query(Event).filter_by(name=sweep_undo_actions.RESTORED, account_id=ids[2]).one()
        assert (told.actor_id, told.changed["to"], told.changed["why"]) == (who, "Bo", "The limit was wrong.")
        lines = {
            (one.member_id, one.params.get("count")) for one in db.session.query(Notice).filter_by(kind="pool.restored")
        }
        assert lines == {(owners[0], 2), (owners[2], 1)}

    def test_leaves_and_names_what_was_touched_since(self, tenant):
        boss, ann, bo, gone = make_member("owner"), make_agent(), make_agent(), make_agent()
        free, claimed, handed, moved, spoken, orphan = (make_account(owner=one) for one in (ann,) * 5 + (gone,))
        grow_old(free, claimed, handed, moved, spoken, orphan)
        found = sweep()
        pool.claim(claimed.id, by=bo)
        pool.claim(handed.id, by=bo)
        pool.release(handed, by=bo, reason=ReleaseReason.NO_TIME)
        ownership.move_to_pool([moved.id], pool_actions.open_pool("South", by=boss).id)
        ownership.touch(now_of(spoken.id), clock.now() + timedelta(seconds=1))
        gone.status = MemberStatus.DISABLED
        db.session.flush()
        wanted = {
            claimed.id: StayReason.TAKEN,
            handed.id: StayReason.TAKEN,
            moved.id: StayReason.MOVED,
            spoken.id: StayReason.SPOKEN,
            orphan.id: StayReason.LEFT,
        }
        owners = {claimed.id: bo.id, free.id: ann.id}
        found = undo(found, boss)
        assert (found.back, found.looked_at) == (1, 6)
        assert {row.id: row.why for row in sweep_queries.stays(found.id)} == wanted
        assert {key: now_of(key).owner_id for key in owners} == owners

    def test_nobody_holds_more_than_he_may(self, tenant):
        boss, ann = make_member("owner"), make_agent()
        grow_old(*[make_account(owner=ann) for _ in range(3)])
        found = sweep()
        pool_rules.change_rules(Rules(holdings=2), by=boss)
        make_account(owner=ann)
        found = undo(found, boss)
        assert (found.back, queries.count_holdings(ann)) == (1, 2)
        assert {row.why for row in sweep_queries.stays(found.id)} == {StayReason.FULL}

    def test_tells_once_of_two_that_were_merged_since(self, tenant):
        boss, ann = make_member("owner"), make_agent()
        kept, gone = (make_account(owner=ann, name=name) for name in ("Acme", "Acme Ltd"))
        grow_old(kept, gone)
        found = sweep()
        merges.merge("account", kept.id, gone.id, {}, by=boss)
        assert [(row.id, row.is_merged) for row in sweep_queries.went(found.id)] == [(kept.id, True)]
        found = undo(found, boss)
        assert (found.back, found.looked_at) == (1, 1)
        assert now_of(kept.id).owner_id == ann.id
        assert sweep_queries.stays(found.id) == []

    def test_tells_once_of_two_that_stayed_and_were_merged_then(self, tenant):
        boss, ann = make_member("owner"), make_agent()
        kept, gone = (make_account(owner=ann, name=name) for name in ("Acme", "Acme Ltd"))
        grow_old(kept, gone)
        found = sweep()
        ann.status = MemberStatus.DISABLED
        found = undo(found, boss)
        merges.merge("account", kept.id, gone.id, {}, by=boss)
        assert [row.id for row in sweep_queries.stays(found.id)] == [kept.id]

    def test_goes_on_behind_the_last_when_cut_off(self, tenant, monkeypatch):
        monkeypatch.setattr(sweep_undo_actions, "CHUNK", 2)
        boss, ann = make_member("owner"), make_agent()
        grow_old(*[make_account(owner=ann) for _ in range(5)])
        found = sweep()
        sweep_undo_actions.undo(found, "Wrong", by=boss)
        next(sweep_undo_actions.proceed(found.id))
        db.session.expire_all()
        for _again in range(2):
            for _chunk in sweep_undo_actions.proceed(found.id):
                db.session.flush()
        found = sweep_queries.sweep(found.id)
        assert (found.back, found.looked_at) == (5, 5)
        assert db.session.query(Move).filter_by(kind=MoveKind.RESTORED).count() == 5

    def test_is_no_loss_of_those_who_had_them(self, tenant):
        boss, ann, bo = make_member("owner"), make_agent(name="Ann"), make_agent(name="Bo")
        acme = make_account(owner=ann)
        grow_old(acme)
        found = sweep()
        assert queries.lost_at(acme.id, ann) is not None
        sweep_undo_actions.undo(found, "Wrong", by=boss)
        next(sweep_undo_actions.proceed(found.id))
        assert queries.lost_at(acme.id, ann) is None
        ownership.give(acme, bo)
        pool.release(acme, by=bo, reason=ReleaseReason.NO_TIME)
        pool.claim(acme.id, by=ann)
        (mine, _other) = ledger_queries.shares(clock.now() - timedelta(days=1))
        assert (mine.name, mine.lost) == ("Ann", 0)

    def test_once_with_a_reason_and_for_thirty_days(self, tenant):
        boss = make_member("owner")
        grow_old(make_account(owner=make_agent()))
        found = sweep()
        with pytest.raises(BusinessError, match="Say why"):
            sweep_undo_actions.undo(found, "", by=boss)
        undo(found, boss)
        with pytest.raises(BusinessError, match="undone already"):
            sweep_undo_actions.undo(found, "Again", by=boss)
        found.undoing = None
        assert not found.can_be_undone(clock.now() + timedelta(days=31))

    def test_one_that_was_looked_at_by_itself_is_of_its_run(self, tenant):
        accounts = [make_account(owner=make_agent()) for _ in range(2)]
        grow_old(*accounts)
        found = sweep()
        late = make_account(owner=make_agent())
        grow_old(late)
        assert pool.reclaim(late.id, sweep_id=found.id)
        assert found.counts == {"no_contact": 3}
        assert undo(found, make_member("owner")).back == 3


class TestBesideClaims:
    def test_a_batch_that_wants_the_same_customer_waits_and_is_not_waited_for(self, app, context, config):
        tenant = make_tenant()
        with scope.enter(tenant.id):
            boss, ann = make_member("owner"), make_agent()
            free, taken = make_account(), make_account(owner=ann)
            grow_old(taken)
            found = sweep()
            sweep_undo_actions.undo(found, "Wrong", by=boss)
            sweep_id, who, ids = found.id, ann.id, [free.id, taken.id]
            db.session.commit()
        wrong = []

        def run(verb) -> None:
            with app.app_context(), scope.enter(tenant.id):
                try:
                    verb()
                    db.session.commit()
                except OperationalError as error:
                    wrong.append(error)
                    db.session.rollback()

        give_back = threading.Thread(target=run, args=(lambda: next(sweep_undo_actions.proceed(sweep_id)),))
        claims = threading.Thread(target=run, args=(lambda: batch_actions.claim_many(ids, by=tenants.member(who)),))
        # Both stand before the customer that a third holds: the undo first, the batch with what it has by then.
        with (
            psycopg.connect(postgres.dsn(config.admin_url)) as third,
            psycopg.connect(postgres.dsn(config.admin_url), autocommit=True) as onlooker,
        ):
            third.execute("select id from account where id = %s for update", [ids[1]])
            for many, one in enumerate((give_back, claims), 1):
                one.start()
                while onlooker.execute(WAITING).fetchone() != (many,):
                    time.sleep(0.02)
        for one in (give_back, claims):
            one.join()
        assert not wrong
        with scope.enter(tenant.id):
            assert {now_of(one).owner_id for one in ids} == {who}


class TestPages:
    @pytest.mark.shows("PP4")
    def test_tells_what_the_rules_took_and_gives_it_back(self, app, context, client, post):
        tenant = make_tenant()
        sign_in(client, tenant)
        path = f"/{tenant.slug}/settings/pool/returns"
        assert "Nothing has returned yet" in client.get(path).text
        with scope.enter(tenant.id):
            ann = make_agent(name="Ann Ostrow")
            kept, claimed = make_account(owner=ann, name="Nordlicht"), make_account(owner=ann, name="Elbwerk")
            grow_old(kept, claimed)
            found, ann = sweep().id, ann.id
            pool.claim(claimed.id, by=make_agent(name="Bo Quick"))
            db.session.commit()
        listed = client.get(path).text
        assert "No contact 2" in listed
        assert f"{path}/{found}" in listed
        page = client.get(f"{path}/{found}").text
        assert "Ann Ostrow" in page
        assert "Please fill this in." in post(f"{path}/{found}", data={"why": " "}).text
        assert post(f"{path}/{found}", data={"why": "Holidays were missing"}).status_code == 303
        assert "Being given back" in client.get(f"{path}/{found}").text
        assert client.get(f"{path}/{found}/progress").status_code == 200
        work(app, tenant)
        assert client.get(f"{path}/{found}/progress").status_code == 204
        done = client.get(f"{path}/{found}").text
        assert "Holidays were missing" in done
        assert "Somebody has taken it since." in done
        assert "With Bo Quick now." in done
        assert "1 given back" in client.get(path).text
        with scope.enter(tenant.id):
            assert db.session.query(Account).filter_by(name="Nordlicht").one().owner_id == ann

    def test_is_for_those_who_may_change_the_rules(self, context, client):
        tenant = make_tenant()
        sign_in(client, tenant, "agent")
        assert client.get(f"/{tenant.slug}/settings/pool/returns").status_code == 403
