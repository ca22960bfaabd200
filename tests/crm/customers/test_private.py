"""What is private about a contact is kept from a role everywhere, and from no other."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from saas import clock, search
from saas.crm.customers import actions, private
from saas.crm.customers.models import Contact
from saas.db import db
from saas.tenants import queries, rights, scope
from tests.factories import make_account, make_contact, make_tenant, sign_in
from tests.pages import filled

HOME = "+49 40 7654321"
SECRETS = (HOME, "Quay 1", "1980", "Bee keeping", "Wedding")


@pytest.fixture
def here(context):
    return make_tenant()


@pytest.fixture
def person(here, client):
    """A contact of whom all is known, whose manager reads along; his role may be kept from something."""
    me = sign_in(client, here, "manager")
    today = clock.now().date()
    with scope.enter(here.id):
        agent = queries.member(me.id)
        made = make_contact(make_account(agent, name="Quay Ltd"), name="Jana", phone="+49 40 111222")
        values = {
            "home_phone": HOME,
            "home_address": "Quay 1",
            "birthday": (today + timedelta(days=1)).replace(year=1980),
            "hobbies": "Bee keeping",
            "days": [{"word": "Wedding", "on": f"2010-{today + timedelta(days=2):%m-%d}"}],
        }
        actions.change_contact(made, values, version=None, by=agent)
        db.session.commit()
        return made.id


def keep_from(here, *names):
    with scope.enter(here.id):
        queries.role("manager").hidden_fields = [f"contact.{name}" for name in names]
        db.session.commit()


def shown(client, here, person):
    """Everything that somebody can look at or take away, by where it is."""
    root = f"/{here.slug}"
    return {
        "record": client.get(f"{root}/contacts/{person}").text,
        "form": client.get(f"{root}/contacts/{person}/edit").text,
        "card": client.get(f"{root}/phone-book/cards/{person}").text.replace("\r\n", "\n"),
        "book": client.get(f"{root}/phone-book/").text,
        "paper": client.get(f"{root}/phone-book/print").text,
        "today": client.get(f"{root}/").text,
        "list": client.get(f"{root}/contacts/?columns=name,birthday,home_phone").text,
        "export": client.get(f"{root}/exports/list/contacts.csv").text,
    }


class TestHidden:
    @pytest.mark.shows("AC1")
    def test_is_shown_to_others(self, here, client, person):
        pages = shown(client, here, person)
        for word in SECRETS:
            assert word in pages["record"], word
            assert word in pages["form"], word
        assert HOME in pages["card"]
        assert HOME in pages["book"]
        assert HOME in pages["paper"]
        assert "Jana" in pages["today"]

    def test_is_nowhere_shown_to_the_role(self, here, client, person):
        keep_from(here, *private.PRIVATE)
        for place, page in shown(client, here, person).items():
            for word in SECRETS:
                assert word not in page, (place, word)
        assert "Jana" not in client.get(f"/{here.slug}/").text

    @pytest.mark.parametrize(
        ("name", "word"),
        [("home_phone", HOME), ("home_address", "Quay 1"), ("hobbies", "Bee keeping"), ("days", "Wedding")],
    )
    def test_keeps_one_and_shows_the_others(self, here, client, person, name, word):
        keep_from(here, name)
        page = client.get(f"/{here.slug}/contacts/{person}").text
        assert [secret for secret in SECRETS if secret not in page] == [word]

    def test_a_form_without_them_leaves_them_as_they_are(self, here, client, post, person):
        keep_from(here, *private.PRIVATE)
        edit = f"/{here.slug}/contacts/{person}/edit"
        form = filled(client.get(edit).text, edit) | {"title": "Buyer", "hobbies": "Chess", "home_phone": ""}
        assert post(edit, data=form).status_code == 302
        with scope.enter(here.id):
            kept = db.session.scalars(select(Contact).where(Contact.id == person)).one()
            assert (kept.title, kept.hobbies, kept.home_phone) == ("Buyer", "Bee keeping", HOME)
            assert kept.birthday is not None
            assert len(kept.days) == 1

    def test_a_new_contact_can_be_added_without_them(self, here, client, post, person):
        keep_from(here, *private.PRIVATE)
        assert post(f"/{here.slug}/contacts/new", data={"name": "Bo", "customer": "Quay Ltd"}).status_code == 302


class TestSearch:
    @pytest.mark.parametrize("where", ["search/?q=7654321", "phone-book/?q=7654321"])
    def test_a_phone_at_home_is_found_by_those_who_see_it(self, here, client, person, where):
        def found():
            return "Jana" in client.get(f"/{here.slug}/{where}", headers={"HX-Request": "true"}).text

        assert found()
        keep_from(here, "home_phone")
        assert not found()
        where = where.replace("7654321", "111222")
        assert found()

    def test_goes_with_the_number_and_the_contact(self, here, client, person):
        mine = select(search.SearchEntry.kind).where(search.SearchEntry.subject_id == person)
        with scope.enter(here.id):
            contact = db.session.scalars(select(Contact).where(Contact.id == person)).one()
            agent = contact.account.owner
            assert sorted(db.session.scalars(mine)) == ["contact", "contact.private"]
            actions.change_contact(contact, {"home_phone": None}, version=None, by=agent)
            assert db.session.scalars(mine).all() == ["contact"]
            actions.change_contact(contact, {"home_phone": HOME}, version=None, by=agent)
            actions.archive_contact(contact, by=agent)
            assert db.session.scalars(mine).all() == []


class TestMerge:
    def test_takes_what_is_proposed_for_what_is_not_seen(self, here, client, post):
        sign_in(client, here, "manager")
        with scope.enter(here.id):
            account = make_account(name="Quay Ltd")
            kept, gone = make_contact(account, name="Jana"), make_contact(account, name="Jana B.")
            gone.birthday = date(1980, 5, 4)
            queries.role("manager").hidden_fields = ["contact.birthday"]
            db.session.commit()
            kept_id, gone_id = kept.id, gone.id
        url = f"/{here.slug}/duplicates/contact/{kept_id}/{gone_id}"
        page = client.get(url)
        assert page.status_code == 200
        assert "1980" not in page.text
        assert post(url, data=filled(page.text, url)).status_code == 302
        with scope.enter(here.id):
            assert db.session.scalars(select(Contact.birthday).where(Contact.id == kept_id)).one() == date(1980, 5, 4)


class TestRole:
    def test_the_owner_chooses_it(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            role_id = queries.role("agent").id
        url = f"/{here.slug}/settings/roles/{role_id}"
        page = client.get(url).text
        assert "Contacts: phone at home" in page
        form = filled(page, url) | {"hidden": ["contact.home_phone", "contact.birthday", "nonsense"]}
        assert post(url, data=form).status_code == 303
        with scope.enter(here.id):
            assert queries.role("agent").hidden_fields == ["contact.birthday", "contact.home_phone"]
        assert all(f"contact.{name}" in rights.SENSITIVE for name in private.PRIVATE)
