"""A cell of a list is changed where it stands; whoever was faster is said, and nothing is lost."""

from __future__ import annotations

import re
import threading
import time

import psycopg
import pytest

from saas.crm.customers import actions
from saas.crm.customers.models import Account
from saas.db import db
from saas.run import postgres
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.scope import SYSTEM
from tests.factories import make_account, make_agent, make_contact, make_tenant, sign_in
from tests.pages import filled, words

WAITING = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant(timezone="Europe/Berlin")


def account(here, **given) -> str:
    """The address of a customer of somebody's."""
    with scope.enter(here.id):
        made = make_account(make_agent(), **given)
        db.session.commit()
        return f"/{here.slug}/customers/{made.id}"


def read(here, name: str):
    with scope.enter(here.id):
        return getattr(db.session.query(Account).one(), name)


def change(here, **values) -> None:
    with scope.enter(here.id):
        actions.change_account(db.session.query(Account).one(), values, version=None, by=SYSTEM)
        db.session.commit()


class TestList:
    def test_names_the_columns_that_may_be_changed(self, here, client):
        sign_in(client, here)
        account(here)
        page = client.get(f"/{here.slug}/customers/").get_data(as_text=True)
        assert set(re.findall(r'data-edit="(\w+)"', page)) == {"level", "industry", "city", "phone", "owner"}
        assert f'data-inline="/{here.slug}/customers/00000000-0000-0000-0000-000000000000/cell/field"' in page

    def test_leaves_readers_to_read(self, here, client):
        sign_in(client, here, "readonly")
        address = account(here)
        page = client.get(f"/{here.slug}/customers/").get_data(as_text=True)
        assert "data-edit" not in page
        assert "data-inline" not in page
        assert client.get(f"{address}/cell/phone").status_code == 403


@pytest.mark.shows("CB7", "CB8")
class TestCell:
    def test_keeps_a_phone_as_the_form_would(self, here, client, post):
        sign_in(client, here)
        address = account(here, phone="040 1")
        box = client.get(f"{address}/cell/phone").get_data(as_text=True)
        form = filled(box, f"{address}/cell/phone")
        assert (form["before"], form["phone"]) == ("040 1", "040 1")
        cell = post(f"{address}/cell/phone", data=form | {"phone": "040 5550182"})
        assert (cell.status_code, words(cell.get_data(as_text=True))) == (200, "+49 40 5550182")
        assert cell.get_data(as_text=True).startswith("<td")
        assert read(here, "phone") == "+49 40 5550182"

    def test_shows_a_word_as_the_list_does(self, here, client, post):
        sign_in(client, here)
        address = account(here)
        assert "chip" in post(f"{address}/cell/level", data={"level": "A", "before": ""}).get_data(as_text=True)
        assert read(here, "level") == "A"

    def test_says_what_is_wrong_and_keeps_what_was_typed(self, here, client, post):
        sign_in(client, here)
        address = account(here)
        answer = post(f"{address}/cell/phone", data={"phone": "nonsense", "before": ""})
        assert answer.status_code == 422
        assert "A phone number has digits" in words(answer.get_data(as_text=True))
        assert 'value="nonsense"' in answer.get_data(as_text=True)

    def test_says_who_was_faster_and_keeps_mine_when_asked_again(self, here, client, post):
        sign_in(client, here)
        address = account(here, city="Kiel")
        change(here, city="Husum")
        answer = post(f"{address}/cell/city", data={"city": "Bremen", "before": "Kiel"})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 409
        assert "Changed meanwhile to: Husum." in words(page)
        assert read(here, "city") == "Husum"
        again = filled(page, f"{address}/cell/city")
        assert (again["city"], again["before"]) == ("Bremen", "Husum")
        assert post(f"{address}/cell/city", data=again).status_code == 200
        assert read(here, "city") == "Bremen"

    def test_of_two_who_save_at_once_the_second_is_told_too(self, config, here, client, post):
        sign_in(client, here)
        address, answers = account(here, city="Kiel"), []
        admin = postgres.dsn(config.admin_url)
        mine = {"city": "Bremen", "before": "Kiel"}
        second = threading.Thread(target=lambda: answers.append(post(f"{address}/cell/city", data=mine)))
        with psycopg.connect(admin) as first, psycopg.connect(admin, autocommit=True) as onlooker:
            first.execute("update account set city = 'Husum' where city = 'Kiel'")
            second.start()
            while second.is_alive() and onlooker.execute(WAITING).fetchone() != (1,):
                time.sleep(0.02)
        second.join()
        assert answers[0].status_code == 409
        assert read(here, "city") == "Husum"

    def test_a_change_of_another_field_is_in_nobodys_way(self, here, client, post):
        sign_in(client, here)
        address = account(here, city="Kiel")
        change(here, level="A")
        assert post(f"{address}/cell/city", data={"city": "Bremen", "before": "Kiel"}).status_code == 200

    def test_gives_a_customer_to_a_colleague(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            tom = make_agent(name="Tom Becker")
            tom_id = tom.id
            db.session.commit()
        address = account(here)
        before = filled(client.get(f"{address}/cell/owner").get_data(as_text=True), f"{address}/cell/owner")["before"]
        cell = post(f"{address}/cell/owner", data={"owner_id": str(tom_id), "before": before})
        assert words(cell.get_data(as_text=True)) == "Tom Becker"
        assert read(here, "owner_id") == tom_id
        with scope.enter(here.id):
            assert db.session.get(Member, (here.id, tom_id)).name == "Tom Becker"

    def test_knows_no_field_beyond_the_list(self, here, client):
        sign_in(client, here)
        address = account(here)
        assert client.get(f"{address}/cell/name").status_code == 404
        assert client.get(f"{address}/cell/standing").status_code == 404

    def test_changes_a_contact(self, here, client, post):
        me = sign_in(client, here)
        with scope.enter(here.id):
            contact_id = make_contact(make_account(me)).id
            db.session.commit()
        url = f"/{here.slug}/contacts/{contact_id}/cell/mobile"
        assert words(post(url, data={"mobile": "0151 12345678", "before": ""}).get_data(as_text=True)).startswith(
            "+49 151"
        )
        assert "data-inline" in client.get(f"/{here.slug}/contacts/").get_data(as_text=True)
