"""Rules are tried out before they hold; many customers by a worker, and what is found stays with the draft."""

from __future__ import annotations

from datetime import timedelta

import pytest

from saas import clock
from saas.crm.customers.models import Account
from saas.crm.pool import queries, trial_actions, trial_queries
from saas.crm.pool.models import MAIN
from saas.crm.pool.rehearsal import Rehearsal
from saas.crm.pool.rules import Rules
from saas.db import db
from saas.tenants import scope
from saas.tenants.models import Delivery, Notice
from tests.factories import make_account, make_agent, make_member, make_tenant, sign_in
from tests.workers import work

FORM = {"days": "5", "daily": "3", "holdings": "50", "rest": "2", "lock_days": "9", "weekend": ["5", "6"]}
FORM |= dict.fromkeys(("deal_days", "won_days", "contract_days", "fresh", "looks", "locks", "lock_rest", "grace"), "0")


def idle(owner, many: int) -> None:
    """Customers that nobody has spoken to for ten days."""
    for _ in range(many):
        make_account(owner=owner)
    db.session.flush()
    db.session.query(Account).update({"owned_since": clock.now() - timedelta(days=10)})
    db.session.expire_all()


@pytest.fixture
def many_are_three(monkeypatch) -> None:
    monkeypatch.setattr(trial_actions, "AT_ONCE", 2)
    monkeypatch.setattr(trial_actions, "CHUNK", 2)


class TestTryOut:
    def test_few_customers_are_tried_at_once(self, tenant):
        boss, ann = make_member("owner"), make_agent()
        idle(ann, 2)
        draft = trial_actions.try_out(Rules(days=5), clock.now().date(), by=boss)
        assert draft.finished_at is not None
        assert Rehearsal.of(draft.found).moved == {ann.id: 2}
        assert not db.session.query(Delivery).filter_by(handler=trial_actions.JOB).count()
        assert queries.rules() == Rules(), "nothing holds before it is saved"

    def test_many_are_tried_by_a_worker_that_may_be_cut_off(self, tenant, many_are_three):
        boss, ann, bo = make_member("owner"), make_agent(), make_agent()
        idle(ann, 3)
        idle(bo, 2)
        wanted, reader = {ann.id: 3, bo.id: 2}, boss.id
        draft = trial_actions.try_out(Rules(days=5), clock.now().date(), by=boss)
        key, turn = draft.id, draft.turn
        assert (draft.finished_at, draft.total, draft.done) == (None, 5, 0)
        next(trial_actions.proceed(key, turn))
        assert trial_queries.lock_draft(key).done == 2
        for _again in range(2):
            list(trial_actions.proceed(key, turn))
        draft = trial_queries.draft(None)
        assert (draft.done, draft.total) == (5, 5)
        assert Rehearsal.of(draft.found).moved == wanted, "each is counted once"
        (line,) = db.session.query(Notice).filter_by(kind=trial_actions.TOLD)
        assert (line.member_id, line.params["count"]) == (reader, 5)

    def test_whoever_asks_again_ends_the_work_before(self, tenant, many_are_three):
        boss = make_member("owner")
        idle(make_agent(), 3)
        draft = trial_actions.try_out(Rules(days=5), clock.now().date(), by=boss)
        key, turn = draft.id, draft.turn
        next(trial_actions.proceed(key, turn))
        again = trial_actions.try_out(Rules(days=0, won_days=0), clock.now().date(), by=boss)
        assert (again.id, again.done) == (key, 0)
        assert list(trial_actions.proceed(key, turn)) == []
        list(trial_actions.proceed(key, turn + 1))
        assert Rehearsal.of(trial_queries.draft(None).found).total == 0

    def test_a_draft_that_is_dropped_meanwhile_ends_it_too(self, tenant, many_are_three):
        boss = make_member("owner")
        idle(make_agent(), 3)
        draft = trial_actions.try_out(Rules(days=5), clock.now().date(), by=boss)
        key, turn = draft.id, draft.turn
        trial_actions.drop(by=boss)
        assert list(trial_actions.proceed(key, turn)) == []


class TestPages:
    def test_may_be_left_and_found_again(self, app, context, client, post, many_are_three):
        tenant = make_tenant()
        sign_in(client, tenant)
        with scope.enter(tenant.id):
            idle(make_agent(name="Ann Ostrow"), 3)
            db.session.commit()
        path = f"/{tenant.slug}/settings/pool/{MAIN}"
        data = FORM | {"start": (clock.now().date() + timedelta(days=2)).isoformat()}
        assert post(f"{path}/rules", data=data | {"look": "yes"}).status_code == 303
        page = client.get(f"{path}/rules").text
        assert "being tried on your customers" in page
        assert 'name="days" required type="number" value="5"' in page or 'value="5"' in page
        assert client.get(f"{path}/trial").status_code == 200
        work(app, tenant)
        assert client.get(f"{path}/trial").status_code == 204
        assert "3 customers would have left their owners" in client.get(f"{path}/rules").text
        assert post(f"{path}/rules", data=data).status_code == 302
        page = client.get(f"{path}/rules").text
        assert "These rules wait" in page
        assert "This is a draft" not in page
