"""The same customer or person twice: known again however they were typed, and told within the reader's rights."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from saas.crm.customers import actions, twins
from saas.crm.customers.models import Account, TwinKey, TwinPair
from saas.crm.transfer import queries, reasons
from saas.db import db
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Tenant
from saas.tenants.permissions import Permission
from saas.tenants.scope import SYSTEM
from tests.crm.transfer.bringing import bring
from tests.factories import make_account, make_agent, make_contact, make_tenant, sign_in
from tests.pages import words


@pytest.fixture
def here(context):
    """A workspace in Hamburg's time zone: numbers without a prefix are German."""
    return make_tenant(timezone="Europe/Berlin")


@pytest.fixture
def inside(here):
    """The same, in scope."""
    with scope.enter(here.id):
        yield here


def like(**typed) -> list[str]:
    return [one.account.name for one in twins.alike(twins.keys_of_account(typed))]


@pytest.mark.shows("CB25")
class TestAlike:
    @pytest.mark.parametrize(
        "typed",
        [
            {"name": "ACME gmbh"},
            {"name": "Ａｃｍｅ"},
            {"phone": "040 / 555 01 82"},
            {"phone": "+49405550182"},
            {"email": "Sales@Acme.example"},
            {"email": "other@acme.example"},
            {"website": "https://www.acme.example/contact"},
        ],
    )
    def test_finds_a_company_however_it_was_typed(self, inside, typed):
        make_account(name="Acme GmbH", phone="+49 40 5550182", email="sales@acme.example")
        assert like(**typed) == ["Acme GmbH"]

    @pytest.mark.parametrize("typed", [{"name": "Acme Nord"}, {"phone": "040 5550183"}, {"email": "a@gmail.com"}, {}])
    def test_leaves_what_is_another_one(self, inside, typed):
        make_account(name="Acme GmbH", phone="+49 40 5550182", email="acme@gmail.com")
        assert like(**typed) == []

    def test_tells_two_mobiles_of_different_networks_apart(self, context):
        with scope.enter(make_tenant(timezone="Asia/Shanghai").id):
            make_account(name="东海贸易有限公司", phone="13812345678")
            assert like(phone="+86 138 1234 5678") == ["东海贸易有限公司"]
            assert like(phone="15812345678") == []
            assert like(name="东海贸易") == ["东海贸易有限公司"]

    def test_finds_a_company_by_its_tax_number(self, inside):
        make_account(name="Acme", tax_number="DE136695976", country="Germany")
        assert like(tax_number="136 695 976") == ["Acme"]
        assert like(tax_number="136 695 976", country="中国") == []

    def test_finds_a_company_by_its_person(self, inside):
        acme = make_account(name="Acme")
        person = make_contact(acme, mobile="0151 23456789")
        (found,) = twins.alike(twins.keys_of_account({"phone": "+49 151 23456789"}))
        assert (found.account, found.contact_id, found.parts) == (acme, person.id, ("phone",))
        assert twins.alike(twins.keys_of_account({"phone": "+49 151 23456789"}), but=person.id) == []

    def test_follows_each_change(self, inside):
        acme = make_account(name="Acme", phone="040 5550182")
        actions.change_account(acme, {"phone": "040 5550199"}, version=None, by=SYSTEM)
        assert like(phone="040 5550182") == []
        assert like(phone="040 5550199") == ["Acme"]
        actions.archive_account(acme, by=SYSTEM)
        assert like(phone="040 5550199", name="Acme") == []
        actions.restore_account(acme, by=SYSTEM)
        assert like(phone="040 5550199") == ["Acme"]

    def test_is_caught_up_for_records_older_than_the_keys(self, inside):
        acme = make_account(name="Acme")
        make_contact(acme, email="kim@mail.example")
        other = make_account(name="Acme Ltd")
        db.session.execute(delete(TwinKey))
        db.session.execute(delete(TwinPair))
        for _chunk in twins.note_all():
            pass
        assert like(name="acme") == ["Acme", "Acme Ltd"]
        assert like(email="kim@mail.example") == ["Acme"]
        assert pairs() == [({acme.id, other.id}, ["name"])]


def pairs() -> list[tuple[set, list[str]]]:
    rows = db.session.scalars(select(TwinPair).order_by(TwinPair.id))
    return [({row.one_id, row.other_id}, row.parts) for row in rows if row.dismissed_at is None]


@pytest.mark.shows("CB25")
class TestPairs:
    def test_are_noted_as_they_arise_and_gone_when_they_no_longer_are(self, inside):
        one = make_account(name="Acme GmbH", phone="040 5550182")
        assert pairs() == []
        other = make_account(name="Acme", phone="040 5550182")
        assert pairs() == [({one.id, other.id}, ["phone", "name"])]
        actions.change_account(other, {"name": "Nordlicht"}, version=None, by=SYSTEM)
        assert pairs() == [({one.id, other.id}, ["phone"])]
        actions.archive_account(one, by=SYSTEM)
        assert pairs() == []

    def test_leave_out_a_number_that_many_share(self, inside):
        for n in range(twins.MOST + 3):
            make_account(name=f"Tenant {n}", phone="040 5550182")
        assert len(pairs()) == twins.MOST * (twins.MOST - 1) // 2

    def test_take_people_of_one_name_for_the_same_at_one_customer_alone(self, inside):
        acme, other = make_account(), make_account()
        one, two = make_contact(acme, name="王伟"), make_contact(acme, name="王伟")
        make_contact(other, name="王伟")
        assert pairs() == [({one.id, two.id}, ["name"])]


@pytest.mark.shows("CB25")
class TestHint:
    def test_says_who_it_is_and_who_looks_after_them(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            make_account(make_agent(name="Mira"), name="Acme GmbH")
            db.session.commit()
        said = words(client.get(f"/{here.slug}/twins/alike/account?name=acme&kind=company").get_data(as_text=True))
        assert "Acme GmbH same name · looked after by Mira, no contact yet" in said
        assert "alike" in client.get(f"/{here.slug}/customers/new").get_data(as_text=True)
        assert client.get(f"/{here.slug}/twins/alike/contact?name=acme").get_data(as_text=True).strip() == ""

    def test_keeps_a_colleagues_customer_to_himself(self, here, client):
        with scope.enter(here.id):
            role = tenants.role("agent")
            role.rights = role.rights | {Permission.ACCOUNT_VIEW.value: "own"}
            db.session.commit()
        me = sign_in(client, here, "agent")
        with scope.enter(here.id):
            make_account(make_agent(name="Mira"), name="Acme GmbH", phone="040 5550182")
            mine = make_account(me, name="Mine")
            db.session.commit()
        path = f"/{here.slug}/twins/alike/account"
        said = words(client.get(f"{path}?name=acme").get_data(as_text=True))
        assert "A colleague has a customer like this." in said
        assert "Acme" not in said
        assert "Mira" not in said
        assert "Mine" in words(client.get(f"{path}?name=mine").get_data(as_text=True))
        assert client.get(f"{path}?name=mine&but={mine.id}").get_data(as_text=True).strip() == ""


@pytest.mark.shows("CB11")
class TestOdd:
    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("phone=040+5550182&email=kim@acme.example.com", None),
            ("phone=040+55&at=phone", None),
            ("phone=%2B49+1&at=phone", None),
            ("phone=%2B49+1&at=email", "+49 1: no phone number"),
            ("phone=0000000", "0000000: no phone number"),
            ("mobile=%2B4912345", "+4912345: no phone number"),
            ("email=kim@@acme.de", "kim@@acme.de: no mail address"),
            ("email=kim@acme&at=email", None),
            ("email=kim@acme", "kim@acme: no mail address"),
        ],
    )
    def test_is_said_while_one_types(self, here, client, typed, said):
        sign_in(client, here)
        html = client.get(f"/{here.slug}/twins/alike/contact?{typed}").get_data(as_text=True)
        assert ("alert-circle" in html) is bool(said)
        assert (said or "") in words(html)
        name = typed.partition("=")[0]
        assert f'id="{name}-odd"' in html, "said at the field itself"

    def test_whole_ones_are_kept_as_they_are_written_everywhere(self, here, client, post):
        sign_in(client, here)
        data = {"name": "Acme", "kind": "company", "phone": "(040) 555-0182", "email": "Kim@ACME.example.com"}
        assert post(f"/{here.slug}/customers/new", data=data).status_code == 302
        assert (
            post(f"/{here.slug}/customers/new", data={"name": "B", "kind": "company", "phone": "110"}).status_code
            == 302
        )
        with scope.enter(here.id):
            found = {a.name: (a.phone, a.email) for a in db.session.scalars(select(Account))}
        assert found == {"Acme": ("+49 40 5550182", "Kim@acme.example.com"), "B": ("110", None)}


@pytest.mark.shows("CB25")
class TestImport:
    def test_says_which_rows_look_like_one_that_is_here(self, inside: Tenant):
        make_account(name="Acme GmbH", phone="+49 40 5550182")
        run = bring("accounts", "Name,Phone\nAcme Limited,\nElbe,040 5550182\nNordlicht,\n")
        assert (run.counts["new"], run.counts["alike"]) == (3, 2)
        said = [reasons.sentence(row.reason) for row in queries.alike(run.id, 10)]
        assert all("Acme GmbH" in one for one in said)
        assert len(pairs()) == 2
