"""Price lists on their pages: the grid, its undo, whom they are for, and what pages say of them."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest

from saas.crm.products import price_actions as prices
from saas.crm.products import price_queries as queries
from saas.crm.products.price_models import Audience
from saas.db import db
from saas.errors import Refused
from saas.tenants import scope
from tests.crm.products.test_pricing import make_list
from tests.factories import make_account, make_agent, make_product, make_tenant, sign_in
from tests.pages import filled, whole, words


@pytest.fixture
def here(context):
    return make_tenant(currency="EUR")


def rows(found) -> dict[tuple[str, int], tuple[object, object]]:
    return {(row.product.name, int(row.from_quantity)): (row.price, row.percent_off) for row in found}


def now(here, list_id) -> dict[tuple[str, int], tuple[object, object]]:
    with scope.enter(here.id):
        db.session.expire_all()
        return rows(queries.prices(list_id)[0])


class TestList:
    @pytest.mark.shows("PR12")
    def test_is_made_for_a_customer_priced_and_shown_where_it_counts(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            account, product = make_account(owner=owner, name="Elbe"), make_product(name="Spindle", price=Decimal(50))
            db.session.commit()
        path = f"/{here.slug}/products/price-lists"
        assert "No price lists yet" in words(whole(client, f"{path}/"))
        data = {"name": "Elbe 2026", "currency": "EUR", "audience": "account"}
        wrong = post(f"{path}/new", data=data)
        assert wrong.status_code == 422
        assert "Say which customer" in words(wrong.get_data(as_text=True))
        made = post(f"{path}/new", data=data | {"customer": account.label})
        assert made.status_code == 302, words(made.get_data(as_text=True))
        grid = {"r0-product": "spindle", "r0-price": "42.50", "r1-product": "Spindle", "r1-from_quantity": "10"}
        assert post(made.location, data=grid | {"r1-percent_off": "20", "what": "save"}).status_code == 302
        assert now(here, UUID(made.location.rpartition("/")[2])) == {
            ("Spindle", 0): (Decimal("42.5"), None),
            ("Spindle", 10): (None, Decimal(20)),
        }
        assert "Elbe" in words(client.get(f"{path}/").get_data(as_text=True))
        page = words(whole(client, f"/{here.slug}/products/{product.id}"))
        assert "Elbe 2026" in page
        assert "from 10: −20" in page
        told = words(whole(client, f"/{here.slug}/customers/{account.id}"))
        assert "made the price list “Elbe 2026”" in told
        assert "changed 2 prices of the price list “Elbe 2026”" in told
        ask = f"/{here.slug}/products/{product.id}/ask?currency=EUR&on=2026-05-05&customer={account.label}&quantity="
        answer = words(client.get(ask + "10").get_data(as_text=True))
        assert "€40.00" in answer
        assert "Price list Elbe 2026, from 10" in answer
        assert client.get(ask).status_code == 422

    def test_a_wrong_row_saves_nothing_and_keeps_what_was_typed(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            made = make_list()
            make_product(name="Spindle")
            db.session.commit()
        path = f"/{here.slug}/products/price-lists/{made.id}"
        good = {"r0-product": "Spindle", "r0-price": "5"}
        for wrong, said in (
            ({"r1-product": "Nothing", "r1-price": "7"}, "No product has this name"),
            ({"r1-product": "Spindle", "r1-from_quantity": "2"}, "A price or a percentage"),
            ({"r1-product": "Spindle", "r1-price": "6"}, "Row 1 has the same"),
            ({"r1-price": "6"}, "Say of which product"),
            ({"r1-product": "Spindle", "r1-from_quantity": "2", "r1-price": "1.23456"}, "At most 4 digits"),
        ):
            answer = post(path, data=good | wrong)
            page = answer.get_data(as_text=True)
            assert (answer.status_code, said in words(page)) == (422, True)
            assert all(f'value="{value}"' in page for value in wrong.values())
            assert said in post(f"{path}/check", data=good | wrong).get_data(as_text=True)
        assert now(here, made.id) == {}

    def test_an_emptied_row_goes_and_a_colleagues_change_stays(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            made, one, two = make_list(), make_product(name="One"), make_product(name="Two")
            steps = {(p.id, Decimal(0)): (Decimal(5), None) for p in (one, two, make_product(name="Three"))}
            prices.set_prices(made.id, steps, by=make_agent())
            db.session.commit()
        path = f"/{here.slug}/products/price-lists/{made.id}"
        sent = filled(client.get(path).get_data(as_text=True), path)
        with scope.enter(here.id):
            prices.set_prices(made.id, {(two.id, Decimal(0)): (Decimal(6), None)}, by=make_agent())
            db.session.commit()
        (gone,) = [key for key, value in sent.items() if value == "Three"]
        sent |= {gone: "", gone.replace("product", "price"): ""}
        assert post(path, data=sent).status_code == 302
        assert now(here, made.id) == {("One", 0): (5, None), ("Two", 0): (6, None)}
        undo = client.get(path).get_data(as_text=True).partition("/put-back/")[2][:36]
        assert post(f"{path}/put-back/{undo}").status_code == 302
        assert now(here, made.id)[("Three", 0)] == (5, None)

    def test_shows_a_long_one_page_by_page(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            made = make_list()
            products = [make_product(name=f"Part {n:03}") for n in range(queries.SIZE + 1)]
            prices.set_prices(made.id, {(p.id, Decimal(0)): (Decimal(1), None) for p in products}, by=make_agent())
            db.session.commit()
            first, place = queries.prices(made.id)
            second, none = queries.prices(made.id, after=place)
            assert (len(first), len(second), none) == (queries.SIZE, 1, None)
            path = f"/{here.slug}/products/price-lists/{made.id}"
        page = client.get(path).get_data(as_text=True)
        assert "Next products" in page
        assert 'value="Part 050"' not in page

    def test_an_agent_reads_it_only(self, here, client, post):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            made, product = make_list(), make_product(name="Spindle")
            prices.set_prices(made.id, {(product.id, Decimal(0)): (Decimal("7.25"), None)}, by=owner)
            db.session.commit()
        sign_in(client, here, "agent")
        path = f"/{here.slug}/products/price-lists/{made.id}"
        assert "€7.25" in words(client.get(path).get_data(as_text=True))
        assert post(path, data={"r0-product": "Spindle", "r0-price": "1"}).status_code == 403


class TestUndo:
    def test_puts_back_what_nobody_has_changed_since(self, tenant):
        made, by = make_list(), make_agent()
        one, two = make_product(name="One"), make_product(name="Two")
        prices.set_prices(made.id, {(one.id, Decimal(0)): (Decimal(5), None)}, by=by)
        event = prices.set_prices(
            made.id, {(one.id, Decimal(0)): None, (two.id, Decimal(3)): (None, Decimal(10))}, by=by
        )
        assert prices.put_back(event, by=by) == (2, 0)
        assert rows(queries.prices(made.id)[0]) == {("One", 0): (5, None)}
        prices.set_prices(made.id, {(two.id, Decimal(3)): (Decimal(4), None)}, by=by)
        assert prices.put_back(event, by=by) == (0, 2)

    def test_writes_down_only_what_changed(self, tenant):
        made, product, by = make_list(), make_product(), make_agent()
        same = {(product.id, Decimal(0)): (Decimal(5), None)}
        assert prices.set_prices(made.id, same, by=by) is not None
        assert prices.set_prices(made.id, same, by=by) is None
        prices.archive_list(made, by=by)
        with pytest.raises(Refused, match="archived"):
            prices.set_prices(made.id, {(product.id, Decimal(0)): None}, by=by)


class TestNames:
    def test_one_in_use_has_the_name_alone(self, tenant):
        first = make_list(name="Spring")
        with pytest.raises(prices.Named):
            make_list(name="ＳＰＲＩＮＧ")
        prices.archive_list(first, by=make_agent())
        make_list(name="Spring")
        with pytest.raises(prices.Named):
            prices.restore_list(first, by=make_agent())

    def test_a_copy_has_the_same_prices(self, tenant):
        by, product = make_agent(), make_product(name="One")
        first = make_list(name="2026", audience=Audience.LEVEL, level="A")
        prices.set_prices(first.id, {(product.id, Decimal(2)): (Decimal(5), None)}, by=by)
        made = prices.copy_list(first, "2027", by=by)
        assert rows(queries.prices(made.id)[0]) == {("One", 2): (5, None)}
        assert (made.audience, made.level) == (Audience.LEVEL, "A")


class TestListPrices:
    def test_in_another_currency_are_set_and_taken_out_again(self, here, client, post):
        sign_in(client, here, name="Ann")
        with scope.enter(here.id):
            made = make_product(name="Pen", price=Decimal("1.2345"), currency="EUR")
            db.session.commit()
            page = f"/{here.slug}/products/{made.id}"
        for wrong in ({"currency": "EUR", "price": "5"}, {"currency": "USD", "price": ""}, {"currency": "USD"}):
            assert post(f"{page}/prices", data=wrong).status_code == 422
        assert post(f"{page}/prices", data={"currency": "USD", "price": "1.5"}).status_code == 302
        shown = words(whole(client, page))
        assert "€1.2345 $1.50" in shown
        assert "Ann set the list price to $1.50" in shown
        assert post(f"{page}/prices/USD/remove").status_code == 302
        shown = words(whole(client, page))
        assert "$1.50" not in shown.partition("Timeline")[0]
        assert "Ann took the list price in USD out" in shown
