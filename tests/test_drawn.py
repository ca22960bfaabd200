"""What was drawn is kept by what it was drawn from."""

from __future__ import annotations

import re

import pytest
from flask import g

from saas import drawn, grids
from saas.db import db
from saas.lists import Page
from saas.tenants import scope
from saas.tenants.models import Tenant
from saas.tenants.permissions import Who
from tests.factories import make_account, make_contact, make_opportunity, make_tenant, sign_in


@pytest.fixture
def harbor(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


@pytest.fixture
def texts(monkeypatch, context):
    """What is drawn anew, in its order; nothing was drawn before."""
    monkeypatch.setattr(drawn, "_held", type(drawn._held)())
    monkeypatch.setattr(drawn, "_size", 0)
    made: list[str] = []

    def draw(key, text="drawn"):
        return drawn.once(key, lambda: made.append(key) or text)

    draw.made = made
    return draw


class TestOnce:
    def test_draws_once_for_a_key(self, texts):
        assert [texts("a"), texts("b"), texts("a")] == ["drawn"] * 3
        assert texts.made == ["a", "b"]

    def test_draws_anew_without_a_key_and_with_one_that_is_none(self, texts):
        for key in (None, ("a", ["several", "choices"])):
            texts(key)
            texts(key)
        assert len(texts.made) == 4

    def test_lets_go_of_what_was_drawn_longest_ago(self, texts, monkeypatch):
        monkeypatch.setattr(drawn, "MOST", 12)
        monkeypatch.setattr(drawn, "OF_A_KEY", 0)
        for key in ("a", "b", "a", "c", "b", "a"):
            texts(key)
        assert texts.made == ["a", "b", "c", "a"]


class TestPlace:
    def place(
        self,
        app,
        path="/harbor/customers/",
        turn=("harbor", 1),
        hidden=frozenset(),
        language="en",
        zone="UTC",
        currency="EUR",
    ):
        with app.test_request_context(path, base_url="https://seaport.test"):
            if turn:
                g.turn = turn
            g.tenant = Tenant(currency=currency)
            g.who, g.locale, g.timezone = Who(None, {}, (), hidden), language, zone
            return drawn.place("part")

    def test_tells_apart_what_makes_a_difference(self, app):
        others = [
            self.place(app, turn=("harbor", 2)),
            self.place(app, turn=("lagoon", 1)),
            self.place(app, hidden=frozenset({"account.tax_number"})),
            self.place(app, language="zh"),
            self.place(app, zone="Asia/Shanghai"),
            self.place(app, currency="USD"),
            self.place(app, path="/harbor/contacts/"),
        ]
        first = self.place(app)
        assert first is self.place(app)
        assert first not in others
        assert len(set(others)) == len(others)

    def test_is_none_where_words_were_just_changed(self, app):
        assert self.place(app, turn=None) is None


class TestPages:
    """A page that was seen shows what has changed since, whatever it is."""

    def seen(self, client, path) -> str:
        client.get(path)
        return client.get(path).get_data(as_text=True)

    def change(self, tenant, record, **values) -> None:
        with scope.enter(tenant.id):
            held = db.session.get(type(record), (tenant.id, record.id))
            for name, value in values.items():
                setattr(held, name, value)
            db.session.commit()

    @pytest.fixture
    def customer(self, harbor, client):
        """A customer with a person and a deal, whose owner looks at it: (record, person, deal, owner)."""
        owner = sign_in(client, harbor)
        with scope.enter(harbor.id):
            account = make_account(owner, name="Fabrikam", phone="+4930111", city="Berlin")
            person, deal = make_contact(account, name="Eva Berg"), make_opportunity(account, owner, name="Ten pumps")
            db.session.commit()
        return account, person, deal, owner

    @pytest.mark.parametrize(
        ("place", "name", "value", "shown"),
        [
            (0, "phone", "+4930222", "+4930222"),
            (0, "remarks", "Pays late", "Pays late"),
            (0, "address", "Kai 7", "Kai 7, Berlin"),
            (0, "employees", 4321, "4,321"),
            (1, "name", "Eva Berger", "Eva Berger"),
            (1, "title", "Head of buying", "Head of buying"),
            (2, "name", "Twelve pumps", "Twelve pumps"),
            (3, "name", "Anya Owner", "Anya Owner"),
        ],
    )
    def test_the_record(self, harbor, client, customer, place, name, value, shown):
        path = f"/{harbor.slug}/customers/{customer[0].id}"
        assert shown not in self.seen(client, path)
        self.change(harbor, customer[place], **{name: value})
        assert shown in self.seen(client, path)

    def test_the_list(self, harbor, client, customer):
        path = f"/{harbor.slug}/customers/"
        assert "Berlin" in self.seen(client, path)
        self.change(harbor, customer[0], city="Hamburg")
        assert "Berlin" not in self.seen(client, path)

    def test_the_timeline(self, harbor, client, customer):
        path = f"/{harbor.slug}/customers/{customer[0].id}"
        before = self.seen(client, path).count('<li class="event">')
        with scope.enter(harbor.id):
            make_contact(customer[0], name="Jonas Weg", by=customer[3])
            db.session.commit()
        assert self.seen(client, path).count('<li class="event">') == before + 1

    def test_another_language(self, harbor, client, customer):
        path = f"/{harbor.slug}/customers/{customer[0].id}"
        assert "Looked after by" in self.seen(client, path)
        self.change(harbor, customer[3], locale="zh")
        page = self.seen(client, path)
        assert "Looked after by" not in page
        assert "Open deals" not in page

    def test_forms_get_their_own_token_and_key_whoever_saw_the_page_before(self, app, harbor, client, customer):
        path, other = f"/{harbor.slug}/customers/{customer[0].id}", app.test_client()
        sign_in(other, harbor)
        keys: list[str] = []
        tokens = []
        for browser in (client, client, other):
            page = browser.get(path).get_data(as_text=True)
            (own,) = re.findall(r'<meta name="csrf-token" content="([^"]+)"', page)
            sent = re.findall(r'name="csrf_token" value="([^"]+)"', page)
            assert len(sent) > 2
            assert set(sent) == {own}
            keys += re.findall(r'name="_once" value="([^"]+)"', page)
            tokens.append(own)
            assert drawn.TOKEN not in page
            assert drawn.KEY not in page
        assert len(set(keys)) == len(keys) == 3
        assert tokens[2] not in tokens[:2]
        answer = other.post(f"{path}/archive", data={"csrf_token": tokens[2], "_once": keys[-1]})
        assert answer.status_code in {302, 303}


def test_a_filter_is_told_apart_by_the_name_that_this_reader_sees(app):
    pill = {"key": "buyer", "label": "Buyer", "value": "C-2026-00042", "choices": [], "seen": True, "hint": "A number"}
    with app.test_request_context("/harbor/customers/", base_url="https://seaport.test"):
        keys = {
            grids.shown(Page([], [], [], "name", [pill | {"word": word, "active": word is not None}], None), str).key
            for word in ("Fabrikam", "Contoso", None)
        }
    assert len(keys) == 3
