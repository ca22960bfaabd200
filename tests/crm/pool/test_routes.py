"""Who gets which customers of a pool by their properties."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import select

from saas.crm.customers import ownership
from saas.crm.pool import batch_actions, pool_actions, route_queries
from saas.crm.pool import route_actions as actions
from saas.crm.pool import rule_actions as pool_rules
from saas.crm.pool.models import MAIN, Move, Way
from saas.crm.pool.routes import Rule, deal, in_turn
from saas.crm.pool.rules import Rules
from saas.db import db, new_id
from saas.errors import Forbidden, Refused
from saas.tenants import scope
from tests.crm.pool.test_several import as_reader
from tests.factories import make_account, make_agent, sign_in
from tests.pages import filled, words


@pytest.fixture
def lead(tenant, monkeypatch):
    """A manager who may give any customer to anybody, and reads."""
    made = make_agent(name="Lea")
    as_reader(monkeypatch, made, assigns=True)
    return made


def customer(**given):
    """A row as rules look at it."""
    blank = dict.fromkeys(("country", "region", "city", "kind", "industry", "level", "territory_id"))
    return SimpleNamespace(**blank | given)


def hand_out(accounts, lead):
    """What became of each when handed out by property: the owner's name, or why it stayed."""
    found = batch_actions.distribute([one.id for one in accounts], (), Way.PROPERTY, by=lead, batch_id=new_id())
    return {one.account.name: one.owner.name if one.owner else one.refusal for one in found}


class TestRule:
    @pytest.mark.parametrize(
        ("property", "values", "fits", "fails"),
        [
            ("country", ("Germany", "中国"), {"country": "GERMANY"}, {"country": "France"}),
            ("region", ("Bav",), {"region": "Bavaria"}, {"region": "Saxony"}),
            ("region", ("kiel",), {"city": "Kiel"}, {"city": None}),
            ("industry", ("food",), {"industry": "food"}, {"industry": None}),
            ("kind", ("person",), {"kind": "person"}, {"kind": "company"}),
            (None, (), {}, None),
        ],
    )
    def test_takes_those_whose_property_it_names(self, property, values, fits, fails):
        rule = Rule(uuid4(), property, values, ())
        assert rule.holds(customer(**fits))
        assert fails is None or not rule.holds(customer(**fails))

    def test_goes_on_behind_whoever_got_the_last(self):
        a, b, c = uuid4(), uuid4(), uuid4()
        assert in_turn([a, b, c], b) == (c, a, b)
        assert in_turn([a, b, c], uuid4()) == (a, b, c)

    def test_deals_without_giving_and_says_who_has_no_room(self):
        a, b = uuid4(), uuid4()
        rule = Rule(uuid4(), "country", ("Spain",), (a, b))
        spanish = [customer(country="Spain") for _ in range(5)]
        found = deal([*spanish, customer()], [rule], {a: 8, b: 9}, most=10)
        assert (found.given, found.full, found.untaken) == (Counter({a: 2, b: 1}), 2, 1)
        assert found.taken[rule.id] == 5


class TestHandOut:
    @pytest.mark.shows("PP2", "PP6")
    def test_each_goes_to_the_members_of_the_first_rule_that_fits_in_turn(self, lead):
        ann, bo, cy = (make_agent(name=name) for name in ("Ann", "Bo", "Cy"))
        actions.add(None, "country", ["Germany"], [ann.id, bo.id], by=lead)
        actions.add(None, None, [], [cy.id], by=lead)
        germans = [make_account(name=f"G{n}", country="Germany") for n in range(3)]
        told = hand_out([*germans, make_account(name="F", country="France")], lead)
        assert told == {"G0": "Ann", "G1": "Bo", "G2": "Ann", "F": "Cy"}
        assert hand_out([make_account(name="G3", country="Germany")], lead) == {"G3": "Bo"}, "the turn goes on"

    def test_the_ledger_says_by_which_rule(self, lead):
        ann = make_agent(name="Ann")
        actions.add(None, "country", ["Spain"], [ann.id], by=lead)
        acme = make_account(country="Spain")
        hand_out([acme], lead)
        move = db.session.scalars(select(Move).where(Move.account_id == acme.id)).one()
        assert move.rule == {"property": "country", "values": ["Spain"]}

    def test_one_without_room_is_passed_over_and_what_no_rule_takes_stays(self, lead):
        ann, bo = make_agent(name="Ann"), make_agent(name="Bo")
        pool_rules.change_rules(Rules(holdings=1), by=lead)
        make_account(ann)
        actions.add(None, "country", ["Spain"], [ann.id, bo.id], by=lead)
        spanish = [make_account(name=f"S{n}", country="Spain") for n in range(2)]
        told = hand_out([*spanish, make_account(name="F")], lead)
        assert told["S0"] == "Bo"
        assert "holds 1 of at most 1" in told["S1"]
        assert told["F"] == "No rule of its pool takes it."

    def test_each_pool_has_rules_of_its_own(self, lead):
        ann, south = make_agent(name="Ann"), pool_actions.open_pool("South", by=lead)
        actions.add(None, None, [], [ann.id], by=lead)
        acme = make_account(name="Acme")
        ownership.move_to_pool([acme.id], south.id)
        assert hand_out([acme], lead) == {"Acme": "Its pool has no rules by property."}


class TestChange:
    def test_the_rule_for_everybody_else_stays_last(self, lead):
        ann = make_agent()
        rest = actions.add(None, None, [], [ann.id], by=lead)
        spain = actions.add(None, "country", ["Spain"], [ann.id], by=lead)
        north = actions.add(None, "region", ["North"], [ann.id], by=lead)
        actions.move(rest, 0, by=lead)
        actions.move(north, 0, by=lead)
        assert route_queries.routes(None) == [north, spain, rest]

    def test_refuses_what_cannot_stand(self, lead):
        ann, stranger = make_agent(), make_agent()
        south = pool_actions.open_pool("South", by=lead)
        pool_actions.change_pool(south, "South", members={ann.id: False}, teams=[], by=lead)
        actions.add(south.id, "country", ["Spain"], [ann.id], by=lead)
        for values, members, said in (
            ([], [ann.id], "which customers"),
            (["Italy"], [], "who gets them"),
            (["spain"], [ann.id], "stands in another rule"),
            (["Italy"], [stranger.id], "may use this pool"),
        ):
            with pytest.raises(Refused, match=said):
                actions.add(south.id, "country", values, members, by=lead)

    def test_only_admins_of_the_pool_do(self, tenant, monkeypatch):
        bo = make_agent()
        as_reader(monkeypatch, bo)
        with pytest.raises(Forbidden):
            actions.add(None, "country", ["Spain"], [bo.id], by=bo)


class TestPages:
    def test_an_admin_keeps_the_rules_and_sees_what_they_would_do(self, tenant, client, post):
        ann = sign_in(client, tenant, "manager")
        make_account(name="Acme", country="Spain")
        make_account(name="Other")
        db.session.commit()
        at = f"/{tenant.slug}/pool/routes/{MAIN}"
        assert "No rules yet" in client.get(f"/{tenant.slug}/pool/routes/", follow_redirects=True).get_data(
            as_text=True
        )
        wrong = post(f"{at}/new/country", data={"which": "", "members": [str(ann.id)]})
        assert wrong.status_code == 422
        assert "Say which customers this rule takes." in wrong.get_data(as_text=True)
        assert post(f"{at}/new/country", data={"which": "Spain\nItaly", "members": [str(ann.id)]}).status_code == 303
        assert "Country: Spain, Italy" in words(client.get(at).get_data(as_text=True))
        hint = words(client.get(f"{at}/hint").get_data(as_text=True))
        assert "Country: Spain, Italy 1" in hint
        assert "No rule takes them: they stay 1" in hint
        with scope.enter(tenant.id):
            (route,) = route_queries.routes(None)
        edit = f"{at}/{route.id}"
        form = filled(client.get(edit).get_data(as_text=True), edit)
        assert post(edit, data=form | {"which": "Portugal", "members": [str(ann.id)]}).status_code == 303
        assert "Country: Portugal" in words(client.get(at).get_data(as_text=True))

    def test_whoever_leads_no_pool_has_none(self, tenant, client):
        sign_in(client, tenant, "agent")
        assert client.get(f"/{tenant.slug}/pool/routes/{MAIN}").status_code == 403
        assert client.get(f"/{tenant.slug}/pool/routes/").status_code == 403

    def test_the_ledger_tells_the_rule(self, tenant, client, post):
        ann = sign_in(client, tenant, "manager")
        acme = make_account(name="Acme", country="Spain")
        actions_at = f"/{tenant.slug}/pool/routes/{MAIN}/new/country"
        db.session.commit()
        post(actions_at, data={"which": "Spain", "members": [str(ann.id)]})
        told = post(f"/{tenant.slug}/pool/assign", data={"id": str(acme.id), "way": "property"}).get_data(as_text=True)
        assert ann.name in told
        assert "By the rule “Country: Spain”" in client.get(f"/{tenant.slug}/pool/ledger").get_data(as_text=True)
