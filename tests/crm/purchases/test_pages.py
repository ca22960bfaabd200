"""Pages of purchases: from what is low to what is in stock."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from saas.crm.inventory import level_actions
from saas.crm.inventory import queries as levels
from saas.crm.merges import actions as merges
from saas.crm.purchases import queries
from saas.crm.purchases.models import Purchase, State
from saas.db import db, new_id
from saas.tenants import scope
from tests.crm.purchases.test_purchases import buy, ordered, wanted
from tests.factories import make_account, make_member, make_product, make_tenant, sign_in, stocked
from tests.pages import filled, whole, words


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant(currency="EUR")


def keep(here, make):
    """What `make` makes in the workspace, committed."""
    with scope.enter(here.id):
        made = make()
        db.session.commit()
        return made


def text(answer) -> str:
    return words(answer.get_data(as_text=True))


def total(here, product):
    return keep(here, lambda: levels.total_of(product.id))


@pytest.mark.shows("PR8", "PR10")
class TestFromLowStock:
    def test_to_what_is_in_stock(self, here, client, post):
        def make():
            pin, acme = stocked(2, name="Pin", unit="piece"), make_account(name="Acme Metals")
            buy(wanted(pin, 1, "3.5"), account=acme)
            values = {"warn_below": Decimal(5), "fill_to": Decimal(20), "pack_size": Decimal(6)}
            return pin, level_actions.set_warning(pin.id, None, values, by=scope.SYSTEM)

        pin, level = keep(here, make)
        sign_in(client, here, "manager")
        assert "Make a purchase of the chosen" in text(client.get(f"/{here.slug}/stock/order/"))
        page = client.get(f"/{here.slug}/purchases/new?level={level.id}").get_data(as_text=True)
        form = filled(page, f"/{here.slug}/purchases/new")
        assert (form["r0-product"], form["r0-quantity"], form["r0-price"]) == ("Pin", "18", "3.5")
        assert form["supplier"].startswith("Acme Metals")
        drawn = post(
            f"/{here.slug}/purchases/new", data=form | {"r1-text": "Freight", "r1-quantity": "1", "r1-price": "20"}
        )
        url = drawn.headers["Location"]
        assert "€83.00" in text(client.get(url))
        post(f"{url}/order")
        assert total(here, pin).on_order == 18
        assert "enough is coming" in text(client.get(f"/{here.slug}/stock/order/"))
        page = client.get(f"{url}/receive").get_data(as_text=True)
        form = filled(page, f"{url}/receive")
        assert (form["r0-quantity"], form["r1-quantity"]) == ("18", "1")
        assert post(f"{url}/receive", data=form | {"r0-quantity": "x"}).status_code == 422
        post(f"{url}/receive", data=form | {"r0-quantity": "12", "r1-quantity": "1"})
        found = total(here, pin)
        assert (found.on_hand, found.on_order, found.low_since) == (14, 6, None)
        shown = client.get(url).get_data(as_text=True)
        assert "12 × Pin, 1 × Freight" in words(shown)
        back = re.search(r'action="([^"]+/back)"', shown)
        post(back[1])
        assert (total(here, pin).on_hand, total(here, pin).on_order) == (2, 18)


class TestForm:
    def test_says_what_is_wrong_and_keeps_what_was_typed(self, here, client, post):
        keep(here, lambda: make_product(name="Pin", is_stocked=True))
        sign_in(client, here, "manager")
        url = f"/{here.slug}/purchases/new"
        form = filled(client.get(url).get_data(as_text=True), url)
        sent = form | {"supplier": "Nobody", "r0-product": "Pim", "r0-quantity": "x", "r0-price": "1,5"}
        answer = post(url, data=sent)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert "There is no such company" in words(page)
        assert "There is no such product." in words(page)
        assert all(f'value="{typed}"' in page for typed in ("Pim", "x", "1,5"))
        remarks = post(f"/{here.slug}/purchases/check", data=sent).get_json()
        assert set(remarks["r0"]) == {"product", "quantity"}

    def test_asks_for_a_line_and_for_the_rate_of_another_currency(self, here, client, post):
        acme = keep(here, lambda: make_account(name="Acme"))
        sign_in(client, here, "manager")
        url = f"/{here.slug}/purchases/new"
        form = filled(client.get(url).get_data(as_text=True), url) | {"supplier": acme.number}
        assert "No line is filled in yet." in text(post(url, data=form))
        line = {"r0-text": "Freight", "r0-quantity": "1", "r0-price": "20", "currency": "USD"}
        assert "Say what one unit is worth" in text(post(url, data=form | line))
        assert post(url, data=form | line | {"rate": "0.9"}).status_code == 302

    def test_changes_an_ordered_one(self, here, client, post):
        def make():
            pin = make_product(name="Pin", is_stocked=True)
            return pin, ordered(wanted(pin, 10), account=make_account(name="Acme"))

        pin, made = keep(here, make)
        sign_in(client, here, "manager")
        url = f"/{here.slug}/purchases/{made.id}/edit"
        form = filled(client.get(url).get_data(as_text=True), url)
        post(url, data=form | {"r0-quantity": "7", "reference": "A-1"})
        assert total(here, pin).on_order == 7
        answer = post(url, data=form | {"r0-quantity": "8", "_once": str(new_id())})
        assert answer.status_code == 409
        assert 'value="8"' in answer.get_data(as_text=True)


class TestPages:
    def test_list_and_filter(self, here, client):
        keep(here, lambda: (buy(wanted(), account=make_account(name="Acme")), ordered(wanted())))
        sign_in(client, here, "manager")
        page = text(client.get(f"/{here.slug}/purchases/?state=open"))
        assert "Ordered" in page
        assert "Acme" not in page
        assert "Acme" in text(client.get(f"/{here.slug}/purchases/?supplier=Acme"))
        assert text(client.get(f"/{here.slug}/purchases/count")) == "2 purchases"

    def test_are_told_on_the_suppliers_timeline_to_those_who_may_see_them(self, here, client):
        made = keep(here, lambda: ordered(wanted(), account=make_account(name="Acme")))
        for role, is_told in (("manager", True), ("agent", False)):
            sign_in(client, here, role)
            page = words(whole(client, f"/{here.slug}/customers/{made.account_id}"))
            assert (f"ordered {made.number}" in page) is is_told
            assert (client.get(f"/{here.slug}/purchases/{made.id}").status_code == 200) is is_told

    def test_cancel(self, here, client, post):
        made = keep(here, lambda: ordered(wanted(make_product()), by=make_member("owner")))
        sign_in(client, here, "manager")
        post(f"/{here.slug}/purchases/{made.id}/cancel")
        assert keep(here, lambda: queries.purchase(made.id)).state is State.CANCELLED
        assert "be changed like that any more" in text(post(f"/{here.slug}/purchases/{made.id}/order"))


def test_a_merged_supplier_keeps_its_purchases(tenant):
    bo = make_member("owner")
    kept, gone = make_account(bo), make_account(bo)
    made = buy(wanted(), account=gone, by=bo)
    merges.merge("account", kept.id, gone.id, {}, owner=bo, by=bo)
    assert db.session.query(Purchase).filter_by(id=made.id).populate_existing().one().account_id == kept.id
