"""How many free customers' pages one may open in a day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from saas import clock
from saas.crm.pool import actions as pool
from saas.crm.pool import look_actions, queries
from saas.crm.pool import rule_actions as pool_rules
from saas.crm.pool.rules import Rules
from saas.db import db
from saas.tenants import scope
from saas.tenants.permissions import Permission, Reach
from tests.factories import make_account, make_agent, make_contact, make_member, make_tenant, sign_in


@pytest.fixture
def ann(tenant, monkeypatch):
    """An agent, who reads; two pages a day are hers."""
    agent = make_agent(name="Ann")
    pool_rules.change_rules(Rules(looks=2), by=agent)
    monkeypatch.setattr(scope, "who", lambda: scope.Who(agent.id, {}))
    return agent


class TestLook:
    def test_counts_each_customer_once_a_day(self, ann):
        one, two, three = (make_account() for _ in range(3))
        for account in (one, two, one, two):
            look_actions.look(account, by=ann)
        assert queries.count_looks(ann, clock.now()) == 2
        with pytest.raises(look_actions.LookedOut, match="2 free customers today"):
            look_actions.look(three, by=ann)
        look_actions.look(one, by=ann)
        look_actions.look(three, by=ann, now=clock.now() + timedelta(days=1))
        look_actions.look(three, by=make_agent())

    def test_does_not_count_what_somebody_looks_after(self, ann):
        for owner in (ann, make_agent()):
            look_actions.look(make_account(owner=owner), by=ann)
        claimed = make_account()
        pool.claim(claimed.id, by=ann)
        look_actions.look(claimed, by=ann)
        assert queries.count_looks(ann, clock.now()) == 0

    def test_does_not_count_admins(self, ann, monkeypatch):
        boss = make_member("manager")
        monkeypatch.setattr(
            scope, "who", lambda: scope.Who(boss.id, {Permission.ACCOUNT_ASSIGN.value: Reach.ALL.value})
        )
        for _ in range(3):
            look_actions.look(make_account(), by=boss)
        assert queries.count_looks(boss, clock.now()) == 0

    def test_is_forgotten_after_a_month(self, ann):
        look_actions.look(make_account(), by=ann, now=clock.now() - timedelta(days=31))
        look_actions.look(make_account(), by=ann)
        assert look_actions.forget_old() == 1


class TestPages:
    def test_every_door_to_a_free_customer_counts_and_shuts(self, context, client):
        tenant = make_tenant()
        agent = sign_in(client, tenant, "agent")
        with scope.enter(tenant.id):
            pool_rules.change_rules(Rules(looks=1), by=agent)
            seen, other = make_account(name="Nordlicht"), make_account(name="Elbwerk")
            person, mine = make_contact(other), make_account(owner=agent)
            seen, other, person, mine = seen.id, other.id, person.id, mine.id
            db.session.commit()
        home = f"/{tenant.slug}"
        assert "you have opened <strong>0</strong> of 1 pages today" in client.get(f"{home}/pool/").text
        for _again in range(2):
            assert client.get(f"{home}/customers/{seen}").status_code == 200
        assert "1 of 1 pages of free customers opened today" in client.get(f"{home}/parts/account/{seen}/stays").text
        assert "you have opened <strong>1</strong> of 1 pages today" in client.get(f"{home}/pool/").text
        doors = (
            f"/customers/{other}",
            f"/customers/{other}/tab/timeline",
            f"/parts/account/{other}/stays",
            f"/contacts/{person}",
            f"/phone-book/cards/{person}",
        )
        for door in doors:
            answer = client.get(home + door)
            assert answer.status_code == 403, door
            assert "your pool allows no more in one day" in answer.text
            assert "Elbwerk" not in answer.text
        assert client.get(f"{home}/customers/{seen}").status_code == 200
        assert client.get(f"{home}/customers/{mine}").status_code == 200
