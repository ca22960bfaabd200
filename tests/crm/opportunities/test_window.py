"""The one window: what is made, what is taken, and what is asked first."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from sqlalchemy import func, select

from saas import clock
from saas.crm.customers.models import Account, Contact, Standing
from saas.crm.opportunities import pipeline, window_actions
from saas.crm.opportunities.models import Opportunity, Result
from saas.crm.opportunities.needs import Need
from saas.crm.products import actions as products
from saas.crm.products.models import Product
from saas.db import db
from saas.errors import Refused
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Event
from saas.tenants.permissions import Permission
from tests.factories import make_account, make_agent, make_contact, make_product, make_tenant, sign_in
from tests.pages import filled, words

PATH = "deals/new/all"
ALL = {
    "name": "Forty laptops",
    "amount": "1300",
    "customer": "Elbe Systems",
    "customer_email": "office@elbe-systems.example",
    "contact_name": "Jana Kröger",
    "contact_mobile": "+49 170 5550182",
    "product": "Laptop 14",
    "product_taken": "new",
    "product_asked": "Laptop 14",
    "is_won": "y",
    "won_because": "The price",
}


@pytest.fixture
def here(context):
    """A workspace, not in scope."""
    return make_tenant(name="Quay", currency="USD")


def send(client, post, here, data: dict[str, str], once: str | None = None):
    """Fill in the window and send it."""
    page = client.get(f"/{here.slug}/{PATH}").get_data(as_text=True)
    form = filled(page, f"/{here.slug}/{PATH}") | data
    return post(f"/{here.slug}/{PATH}", data=form | ({"_once": once} if once else {}))


def counts(here) -> dict[str, int]:
    with scope.enter(here.id):
        found = {
            model.__tablename__: db.session.scalar(select(func.count()).select_from(model))
            for model in (Account, Contact, Product, Opportunity)
        }
        db.session.rollback()
    return found


@pytest.mark.shows("OP3")
class TestWindow:
    def test_makes_all_of_it_at_once(self, here, client, post):
        owner = sign_in(client, here)
        answer = send(client, post, here, ALL)
        assert answer.status_code == 302
        with scope.enter(here.id):
            deal = db.session.scalars(select(Opportunity)).one()
            assert (deal.name, deal.amount, deal.result, deal.reason) == (
                "Forty laptops", Decimal(1300), Result.WON, "The price",
            )  # fmt: skip
            assert deal.account.name == "Elbe Systems"
            assert deal.account.standing is Standing.CUSTOMER
            assert deal.account.email == "office@elbe-systems.example"
            assert deal.contact.name == "Jana Kröger"
            assert deal.contact.account_id == deal.account_id
            assert (deal.product.name, deal.product.price) == ("Laptop 14", Decimal(1300))
            assert {deal.owner_id, deal.account.owner_id, deal.contact.owner_id} == {owner.id}
            batches = db.session.execute(
                select(Event.name, Event.batch_id).where(
                    Event.subject_kind.in_(["account", "contact", "product", "opportunity"])
                )
            ).all()
            assert sorted(name for name, _batch in batches) == [
                "account.bought", "account.created", "contact.created", "opportunity.created", "opportunity.won",
                "product.created",
            ]  # fmt: skip
            assert len({batch for _name, batch in batches}) == 1
            assert batches[0][1] is not None
        page = words(client.get(answer.headers["Location"]).get_data(as_text=True))
        assert "New: Customer Elbe Systems, Contact Jana Kröger, Product Laptop 14." in page

    def test_sent_twice_makes_one_set(self, here, client, post):
        sign_in(client, here)
        once = "01890000-0000-7000-8000-000000000001"
        first, second = (send(client, post, here, ALL, once) for _time in range(2))
        assert first.headers["Location"] == second.headers["Location"]
        assert set(counts(here).values()) == {1}

    def test_is_offered_under_new(self, here, client):
        sign_in(client, here)
        assert f'href="/{here.slug}/{PATH}"' in client.get(f"/{here.slug}/").get_data(as_text=True)

    def test_keeps_what_was_typed_with_an_error(self, here, client, post):
        sign_in(client, here)
        answer = send(client, post, here, ALL | {"amount": "many", "customer_email": "nothing"})
        page = unescape(answer.get_data(as_text=True))
        assert answer.status_code == 422
        for typed in ("many", "nothing", "Jana Kröger", "Elbe Systems", "The price"):
            assert f'value="{typed}"' in page
        assert "checked" in page
        assert counts(here) == dict.fromkeys(counts(here), 0)

    def test_refuses_a_sale_to_come_and_a_contact_of_nobody(self, here, client, post):
        sign_in(client, here)
        later = (clock.now() + timedelta(days=3)).date().isoformat()
        page = words(send(client, post, here, ALL | {"won_on": later, "customer": ""}).get_data(as_text=True))
        assert "This day has yet to come." in page
        assert "Say at which customer the contact is." in page

    def test_leaves_nothing_behind_when_the_last_step_is_refused(self, here):
        with scope.enter(here.id):
            agent = make_agent()
            entry = window_actions.Entry({"name": "X"}, None, {"name": "Jana"})
            with pytest.raises(Refused):
                window_actions.enter(entry, by=agent)
        assert set(counts(here).values()) == {0}

    def test_a_sale_that_was_made_waits_for_nothing_that_a_stage_asks(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            stage = pipeline.stages()[0]
            asked = {"name": stage.label, "needs": [Need.EXPECTED]}
            pipeline.change(stage, asked, version=None, by=scope.SYSTEM)
            db.session.commit()
        assert send(client, post, here, ALL).status_code == 302
        with scope.enter(here.id):
            assert db.session.scalars(select(Opportunity)).one().result is Result.WON

    def test_opened_on_the_day_of_an_earlier_sale(self, here, client, post):
        sign_in(client, here)
        day = (clock.now() - timedelta(days=40)).date()
        send(client, post, here, ALL | {"won_on": day.isoformat()})
        with scope.enter(here.id):
            deal = db.session.scalars(select(Opportunity)).one()
            assert (deal.opened_on, deal.closed_on) == (day, day)


def radios(page: str, key: str) -> list[str]:
    """The answers that are offered to a question."""
    return re.findall(rf'type="radio" name="{key}_taken" value="([^"]+)"', page)


@pytest.mark.shows("OP3")
class TestQuestions:
    def test_asks_whom_it_would_take_by_name_phone_or_mail(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            by_name = make_account(owner, name="Elbe Systems GmbH")
            by_phone = make_account(owner, name="Elbe Group", phone="+49 40 5550182")
            person = make_contact(make_account(owner, name="Weser"), mobile="+49 170 5550182")
            db.session.commit()
        data = ALL | {"customer_phone": "+49 (40) 555-0182"}
        page = send(client, post, here, data).get_data(as_text=True)
        assert set(radios(page, "customer")) == {str(by_name.id), str(by_phone.id), str(person.account_id), "new"}
        assert "same phone" in words(page)
        assert counts(here)["opportunity"] == 0

        asked = filled(page, f"/{here.slug}/{PATH}")
        assert asked["customer"] == "Elbe Systems"
        post(f"/{here.slug}/{PATH}", data=asked | {"customer_taken": str(by_phone.id)})
        with scope.enter(here.id):
            deal = db.session.scalars(select(Opportunity)).one()
            assert deal.account_id == by_phone.id
            assert deal.account.email is None  # what is here stays as it is

    def test_makes_a_new_one_if_that_is_said(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            make_account(owner, name="Elbe Systems")
            db.session.commit()
        page = send(client, post, here, ALL).get_data(as_text=True)
        post(f"/{here.slug}/{PATH}", data=filled(page, f"/{here.slug}/{PATH}") | {"customer_taken": "new"})
        assert counts(here)["account"] == 2

    def test_an_answer_holds_only_for_what_was_asked(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            make_account(owner, name="Elbe Systems")
            make_account(owner, name="Weser")
            db.session.commit()
        page = send(client, post, here, ALL).get_data(as_text=True)
        sent = filled(page, f"/{here.slug}/{PATH}") | {"customer_taken": "new", "customer": "Weser"}
        again = post(f"/{here.slug}/{PATH}", data=sent)
        assert again.status_code == 422
        assert counts(here)["account"] == 2

    def test_takes_whoever_was_chosen_from_the_list_and_asks_for_the_contact(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            account = make_account(owner, name="Elbe Systems")
            jana = make_contact(account, name="Jana Kröger")
            db.session.commit()
        page = send(client, post, here, ALL | {"customer": account.label}).get_data(as_text=True)
        assert radios(page, "contact") == [str(jana.id), "new"]
        sent = filled(page, f"/{here.slug}/{PATH}") | {"contact_taken": str(jana.id)}
        assert post(f"/{here.slug}/{PATH}", data=sent).status_code == 302
        with scope.enter(here.id):
            deal = db.session.scalars(select(Opportunity)).one()
            assert (deal.account_id, deal.contact_id) == (account.id, jana.id)

    def test_finds_a_product_by_another_spelling(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            product = make_product(name="GTX Pro")
            products.remember_spelling("GTXPro", product, by=owner)
            db.session.commit()
        send(client, post, here, ALL | {"product": "gtxpro"})
        with scope.enter(here.id):
            assert db.session.scalars(select(Opportunity)).one().product_id == product.id

    def test_asks_before_it_adds_a_product(self, here, client, post):
        sign_in(client, here)
        page = send(client, post, here, ALL | {"product_taken": ""}).get_data(as_text=True)
        assert radios(page, "product") == ["new"]

    def test_adds_no_product_for_those_who_may_not(self, here, client, post):
        sign_in(client, here, "agent")
        page = send(client, post, here, ALL)
        assert page.status_code == 422
        assert "your role adds none" in words(page.get_data(as_text=True))

    def test_names_nobody_beyond_reach(self, here, client, post):
        with scope.enter(here.id):
            role = tenants.role("agent")
            role.rights = role.rights | {Permission.ACCOUNT_VIEW.value: "own"}
            make_account(make_agent(), name="Elbe Systems", city="Pirna")
            db.session.commit()
        sign_in(client, here, "agent")
        page = send(client, post, here, ALL | {"product": ""}).get_data(as_text=True)
        assert radios(page, "customer") == ["new"]
        assert "A colleague has a customer like this." in words(page)
        assert "Pirna" not in page
