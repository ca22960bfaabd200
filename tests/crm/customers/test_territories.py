"""In which territory customers lie, whatever way they came."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import select

from saas import clock
from saas.crm.batches import actions as batches
from saas.crm.batches.models import Deed
from saas.crm.customers import actions as customers
from saas.crm.customers import territories as rules
from saas.crm.customers import territory_actions as actions
from saas.crm.customers import territory_queries as queries
from saas.crm.customers.models import Account
from saas.crm.customers.territories import Rule
from saas.crm.customers.territory_models import Fresh
from saas.crm.merges import actions as merges
from saas.crm.pool import actions as pool
from saas.crm.pool import territory_actions as distribution
from saas.crm.pool.models import ReleaseReason
from saas.crm.transfer import actions as transfer
from saas.db import db
from saas.errors import Refused
from saas.jobs import runner
from saas.tenants import scope
from saas.tenants.models import Notice
from saas.tenants.scope import SYSTEM
from tests.crm.transfer.bringing import bring, work_off
from tests.factories import make_account, make_agent, make_member, make_tenant, sign_in
from tests.pages import filled, words


def customer(**given):
    """A row as rules look at it."""
    blank = dict.fromkeys(("country", "region", "city", "address", "industry", "employees"))
    return SimpleNamespace(**blank | given)


class TestRule:
    def test_takes_everyone_when_it_asks_nothing(self):
        assert Rule(uuid4(), "All").holds(customer())

    @pytest.mark.parametrize(
        ("asked", "fits", "fails"),
        [
            ({"countries": frozenset({"germany"})}, {"country": "GERMANY "[:7]}, {"country": "France"}),
            ({"regions": ("bav",)}, {"region": "Bavaria"}, {"region": "Saxony"}),
            ({"regions": ("kiel",)}, {"city": "Kiel"}, {"city": None}),
            ({"postcodes": ("20", "21")}, {"address": "Kai 5, 20457 Hamburg"}, {"address": "Kai 20, 10117 Berlin"}),
            ({"postcodes": ("W12",)}, {"address": "10 Mews, W1 2AB"}, {"address": "Swan Road 12"}),
            ({"industries": frozenset({"food"})}, {"industry": "food"}, {"industry": "trade"}),
            ({"employees_from": 50, "employees_to": 99}, {"employees": 99}, {"employees": 100}),
            ({"employees_to": 99}, {"employees": 0}, {"employees": None}),
        ],
    )
    def test_asks_for_each_of_its_parts(self, asked, fits, fails):
        rule = Rule(uuid4(), "One", **asked)
        assert rule.holds(customer(**fits))
        assert not rule.holds(customer(**fails))

    def test_asks_for_all_parts_together(self):
        rule = Rule(uuid4(), "One", countries=frozenset({"germany"}), industries=frozenset({"food"}))
        assert not rule.holds(customer(country="Germany", industry="trade"))

    def test_the_first_that_fits_takes_him(self):
        first, second = Rule(uuid4(), "1", regions=("kiel",)), Rule(uuid4(), "2")
        assert rules.of(customer(city="Kiel"), [first, second]) == first.id
        assert rules.of(customer(city="Bonn"), [first, second]) == second.id
        assert rules.of(customer(), [first]) is None


def add(name: str, **values):
    blank = {"countries": [], "regions": [], "postcodes": [], "industries": []}
    return actions.add(blank | {"name": name} | values, (), by=make_member("owner"))


def where(name: str) -> str | None:
    """The territory of the customer of this name, as it is in the database."""
    db.session.flush()
    statement = select(Account.territory_id).where(Account.name == name, Account.archived_at.is_(None))
    return queries.name_of(db.session.scalars(statement).one())


@pytest.mark.shows("OP11")
class TestWaysIn:
    """North takes Kiel, Food takes food; who is neither lies nowhere."""

    @pytest.fixture(autouse=True)
    def _two(self, tenant):
        add("North", regions=["Kiel"])
        add("Food", industries=["food"])
        db.session.commit()

    def test_a_form(self):
        account = make_account(name="Elbe", city="Kiel")
        assert where("Elbe") == "North"
        version = account.version
        customers.change_account(account, {"city": "Bonn", "industry": "food"}, version=None, by=SYSTEM)
        assert where("Elbe") == "Food"
        assert account.territory_id is not None
        assert account.version == version + 1  # of what somebody changed, not of where it lies
        customers.change_account(account, {"industry": None}, version=None, by=SYSTEM)
        assert where("Elbe") is None

    def test_a_file_its_change_and_its_undo(self):
        bring("accounts", "Name,City\nElbe,Kiel\nWeser,Bonn\n")
        assert (where("Elbe"), where("Weser")) == ("North", None)
        run = bring("accounts", "Name,City\nWeser,Kiel\n", update_by="name")
        assert run.counts == {"updated": 1}
        assert where("Weser") == "North"
        transfer.undo(run)
        work_off(run.id)
        assert where("Weser") is None

    def test_a_batch(self):
        owner = make_member("owner")
        account = make_account(owner, name="Elbe")
        batch = batches.choose([account.id], by=owner)
        batches.start(batch, Deed.EDIT, {"field": "city", "value": "Kiel"}, by=owner)
        db.session.commit()
        for _chunk in batches.proceed(batch.id):
            db.session.commit()
        db.session.expire_all()
        assert where("Elbe") == "North"

    def test_a_merge(self):
        owner = make_member("owner")
        kept, gone = make_account(owner, name="Elbe"), make_account(owner, name="Elbe GmbH", city="Kiel")
        db.session.commit()
        merges.merge("account", kept.id, gone.id, {"city": "Kiel"}, owner=owner, versions=None, by=owner)
        assert where("Elbe") == "North"

    def test_a_change_of_the_rules(self):
        make_account(name="Elbe", city="Kiel", industry="food")
        make_account(name="Weser", city="Bonn")
        north = queries.territories()[0]
        actions.move(north, 1, by=make_member("owner"))
        add("Others")
        db.session.commit()
        work()
        assert (where("Elbe"), where("Weser")) == ("Food", "Others")
        actions.remove(queries.territories()[0], by=make_member("owner"))
        db.session.commit()
        work()
        assert where("Elbe") == "North"

    def test_placing_all_twice_changes_nothing(self):
        make_account(name="Elbe", city="Kiel")
        assert sum(actions.place_all()) == 0
        assert sum(actions.place_all()) == 0


def work() -> None:
    """Do what a worker finds due."""
    tenant_id = scope.workspace().id
    while runner.run_tenant(str(tenant_id)):
        pass
    db.session.expire_all()


@pytest.mark.shows("OP11")
class TestNewCustomers:
    def fill(self, fresh: Fresh):
        """A territory of two members and a manager."""
        manager, ann, bo = make_member("owner"), make_agent(name="Ann"), make_agent(name="Bo")
        blank = {"countries": [], "postcodes": [], "industries": [], "regions": ["Kiel"]}
        values = blank | {"name": "North", "fresh": fresh, "manager_id": manager.id}
        actions.add(values, {ann.id, bo.id}, by=manager)
        return ann, bo

    def test_are_handed_out_to_whoever_holds_fewest(self, tenant):
        ann, bo = self.fill(Fresh.HANDED_OUT)
        make_account(ann, name="Hers")
        free = [make_account(name=f"Firm {n}", city="Kiel") for n in range(3)]
        elsewhere = make_account(name="Other", city="Bonn")
        assert distribution.hand_out() == 3
        db.session.expire_all()
        assert [sum(one.owner_id == who.id for one in free) for who in (ann, bo)] == [1, 2]
        assert elsewhere.owner_id is None
        assert distribution.hand_out() == 0

    def test_leaves_those_who_were_somebodys(self, tenant):
        ann, _bo = self.fill(Fresh.HANDED_OUT)
        account = make_account(ann, name="Elbe", city="Kiel")
        pool.release(account, by=ann, reason=ReleaseReason.NO_TIME)
        assert distribution.hand_out() == 0

    def test_are_told_of_each_morning(self, tenant):
        ann, bo = self.fill(Fresh.OFFERED)
        for n in range(2):
            make_account(name=f"Firm {n}", city="Kiel")
        for _time in range(2):
            distribution.offer(clock.now())
        db.session.flush()
        told = db.session.scalars(select(Notice).where(Notice.kind == distribution.FRESH)).all()
        assert {one.member_id for one in told} == {ann.id, bo.id}
        assert len(told) == 2
        assert distribution.hand_out() == 0

    def test_need_somebody_who_gives_and_gets(self, tenant):
        values = {"name": "North", "fresh": Fresh.HANDED_OUT}
        with pytest.raises(Refused, match="manager"):
            actions.add(values, {make_agent().id}, by=make_member("owner"))
        with pytest.raises(Refused, match="who gets"):
            actions.add(values | {"manager_id": make_member("owner").id}, (), by=make_member("owner"))


class TestVerbs:
    def test_refuse_a_name_twice_and_sizes_that_leave_nobody(self, tenant):
        add("North")
        with pytest.raises(Refused, match="already"):
            add("north")
        with pytest.raises(Refused, match="less"):
            add("South", employees_from=50, employees_to=5)


@pytest.fixture
def here(context):
    """A workspace, not in scope."""
    return make_tenant(name="Quay")


@pytest.mark.shows("OP11")
class TestPages:
    def test_a_territory_is_made_changed_and_counted(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            ann = make_agent(name="Ann")
            make_account(name="Elbe", city="Kiel")
            db.session.commit()
        new = f"/{here.slug}/settings/territories/new"
        wrong = post(new, data={"name": "", "regions": "Kiel", "fresh": "left"})
        assert wrong.status_code == 422
        assert "Kiel" in wrong.get_data(as_text=True)
        sent = {"name": "North", "regions": "Kiel, Plön\nEutin", "members": [str(ann.id)], "fresh": "left"}
        assert post(new, data=sent).status_code == 302
        with scope.enter(here.id):
            (made,) = queries.territories()
            made_id = made.id
            assert made.regions == ["Kiel", "Plön", "Eutin"]
            assert [one.name for one in queries.members_of(made.id)] == ["Ann"]
            db.session.commit()
            work()
        page = words(client.get(f"/{here.slug}/settings/territories").get_data(as_text=True))
        assert "North Kiel, Plön, Eutin · 1 member 1" in page
        edit = f"/{here.slug}/settings/territories/{made_id}"
        form = filled(client.get(edit).get_data(as_text=True), edit)
        assert form["regions"].strip() == "Kiel\nPlön\nEutin"
        post(edit, data=form | {"name": "Baltic", "members": [str(ann.id)]})
        assert "Baltic" in client.get(f"/{here.slug}/settings/territories").get_data(as_text=True)

    def test_lists_show_filter_and_group_by_it(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            made = add("North", regions=["Kiel"])
            account = make_account(owner, name="Elbe", city="Kiel")
            make_account(owner, name="Weser")
            db.session.commit()
        shown = client.get(f"/{here.slug}/customers/?territory={made.id}&columns=name,territory").get_data(as_text=True)
        assert ("Elbe" in shown, "Weser" in shown) == (True, False)
        assert "North" in words(shown)
        none = client.get(f"/{here.slug}/customers/?territory=none").get_data(as_text=True)
        assert ("Elbe" in none, "Weser" in none) == (False, True)
        assert "North 1" in words(client.get(f"/{here.slug}/grouped/customers?by=territory").get_data(as_text=True))
        assert "North" in words(client.get(f"/{here.slug}/customers/{account.id}").get_data(as_text=True))
