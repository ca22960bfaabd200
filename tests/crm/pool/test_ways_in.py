"""Whatever way a customer comes to somebody, the rules of its pool hold."""

from __future__ import annotations

import pytest

from saas.crm.batches import actions as batches
from saas.crm.batches.models import Deed, Outcome, Reason
from saas.crm.customers import actions as customers
from saas.crm.customers import ownership
from saas.crm.customers import purchase_actions as purchases
from saas.crm.pool import actions as pool
from saas.crm.pool import pool_actions
from saas.crm.pool import rule_actions as pool_rules
from saas.crm.pool.rules import Rules
from saas.db import db
from tests.crm.batches.test_batches import done, fresh, outcomes, run
from tests.factories import make_account, make_agent, make_member, sign_in


@pytest.fixture
def boss(tenant):
    """Whoever gives away; a member may hold one customer."""
    made = make_member("manager", name="Lea")
    pool_rules.change_rules(Rules(holdings=1), by=made)
    return made


class TestAssign:
    @pytest.mark.shows("PP6")
    @pytest.mark.parametrize("lies_free", [True, False])
    def test_nobody_gets_more_than_he_may_hold(self, boss, lies_free):
        bo = make_agent(name="Bo")
        make_account(bo)
        with pytest.raises(pool.QuotaReached, match="Bo holds 1 of at most 1 customers"):
            customers.assign(make_account(None if lies_free else make_agent()), bo, by=boss)

    def test_nobody_gets_one_of_a_pool_that_is_shut_to_him(self, boss):
        bo, south = make_agent(name="Bo"), pool_actions.open_pool("South", by=boss)
        pool_actions.change_pool(south, "South", members={boss.id: True}, teams=[], by=boss)
        acme = make_account()
        ownership.move_to_pool([acme.id], south.id)
        with pytest.raises(pool.Shut, match="Bo"):
            customers.assign(fresh(acme), bo, by=boss)

    def test_those_that_have_bought_go_to_anybody(self, boss):
        bo, cy = make_agent(name="Bo"), make_agent()
        make_account(bo)
        acme = make_account(cy)
        purchases.note_purchases({acme.id: (cy, "Deal")}, by=cy)
        customers.assign(fresh(acme), bo, by=boss)
        assert acme.owner is bo

    def test_comes_out_of_the_archive_where_there_is_room(self, boss):
        bo = make_agent(name="Bo")
        acme = make_account(bo)
        customers.archive_account(acme, by=boss)
        other = make_account(bo)
        with pytest.raises(pool.QuotaReached, match="Bo holds 1 of at most 1 customers"):
            customers.restore_account(acme, by=boss)
        customers.archive_account(other, by=boss)
        customers.restore_account(acme, by=boss)
        assert acme.archived_at is None


class TestAtOnce:
    def test_each_that_has_no_room_stays_with_its_reason(self, boss):
        bo = make_agent(name="Bo")
        chosen = [make_account(make_agent()) for _ in range(2)]
        batch = run(boss, chosen, Deed.ASSIGN, owner_id=str(bo.id), owner="Bo")
        assert outcomes(batch) == [(Outcome.DONE, None), (Outcome.LEFT, Reason.FULL)]

    def test_an_undo_gives_back_as_far_as_there_is_room(self, boss):
        bo, cy = make_agent(name="Bo"), make_agent(name="Cy")
        acme = make_account(cy)
        batch = run(boss, [acme], Deed.ASSIGN, owner_id=str(bo.id), owner="Bo")
        make_account(cy)
        batches.undo(batch, by=boss)
        assert outcomes(done(batch)) == [(Outcome.KEPT, Reason.FULL)]
        assert fresh(acme).owner_id == bo.id


class TestPages:
    @pytest.mark.parametrize("where", ["assign", "cell/owner"])
    def test_say_at_the_field_why_not(self, tenant, client, post, where):
        ann = sign_in(client, tenant, "manager")
        pool_rules.change_rules(Rules(holdings=1), by=ann)
        bo = make_agent(name="Bo")
        make_account(bo)
        acme = make_account(ann)
        db.session.commit()
        at = f"/{tenant.slug}/customers/{acme.id}/{where}"
        answer = post(at, data={"owner_id": str(bo.id)})
        assert answer.status_code == 422
        assert "Bo holds 1 of at most 1 customers." in answer.get_data(as_text=True)
