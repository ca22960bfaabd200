"""Coupons: what they take off, for whom and how often, and their pages."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.crm.products import coupon_actions as actions
from saas.crm.products import coupon_queries as queries
from saas.crm.products import variant_actions as variants
from saas.crm.products.coupon_models import Coupon
from saas.crm.products.coupon_queries import Bought, Unfit
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import scope
from tests.factories import make_account, make_agent, make_product, make_tenant, sign_in
from tests.pages import filled, whole, words

TODAY, DAY = date(2026, 6, 15), timedelta(days=1)


@pytest.fixture
def here(context):
    return make_tenant(currency="EUR")


def make_coupon(products=(), **given):
    values = {"code": f"C-{new_id().hex[-8:]}", "percent_off": Decimal(10), "currency": "EUR", "categories": []}
    return actions.create_coupon(values | given, [one.id for one in products], by=make_agent())


def order(*pairs) -> list[Bought]:
    return [Bought(product and product.id, Decimal(net)) for product, net in pairs]


def amount_of(coupon, lines, account=None, currency="EUR", on=TODAY) -> Decimal:
    return queries.check(coupon.code.lower(), account or make_account(), lines, currency, on).amount


class TestCheck:
    @pytest.mark.shows("PR12")
    def test_takes_a_percentage_or_an_amount_off_what_it_is_for(self, tenant):
        pen, book = make_product(category="Office / Pens"), make_product(category="Books")
        lines = order((pen, "33.33"), (book, 100), (None, 5))
        assert amount_of(make_coupon(), lines) == Decimal("13.83")
        assert amount_of(make_coupon([pen]), lines) == Decimal("3.33")
        assert amount_of(make_coupon(categories=["Office"]), lines) == Decimal("3.33")
        assert amount_of(make_coupon([pen], categories=["Books"]), lines) == Decimal("13.33")
        fixed = {"percent_off": None, "amount_off": Decimal(50)}
        assert amount_of(make_coupon(**fixed), lines) == 50
        assert amount_of(make_coupon([pen], **fixed), lines) == Decimal("33.33")  # never more than they cost

    def test_for_a_product_is_for_its_variants(self, tenant):
        shirt = make_product()
        red, _blue = variants.make_variants(shirt, [("Colour", ["red", "blue"])], by=make_agent())
        assert amount_of(make_coupon([shirt]), order((red, 20))) == 2

    def test_says_why_it_isnt_for_an_order(self, tenant):
        pen, lines = make_product(), order((None, 20))
        for coupon, said in (
            (make_coupon(starts_on=TODAY + DAY), "holds from"),
            (make_coupon(ends_on=TODAY - DAY), "held until"),
            (make_coupon(least_order=Decimal("20.01")), "from €20.01 on"),
            (make_coupon([pen]), "none of these products"),
            (make_coupon(percent_off=None, amount_off=Decimal(5), currency="USD"), "in USD"),
            (make_coupon(most_uses=0), "used up"),
        ):
            with pytest.raises(Unfit, match=said):
                amount_of(coupon, lines)
        with pytest.raises(Unfit, match="no coupon"):
            queries.check("nothing", make_account(), lines, "EUR", TODAY)
        stopped = make_coupon()
        actions.stop(stopped, by=make_agent())
        with pytest.raises(Unfit, match="any more"):
            amount_of(stopped, lines)
        actions.resume(stopped, by=make_agent())
        edges = make_coupon(starts_on=TODAY, ends_on=TODAY, least_order=Decimal(20))
        assert amount_of(edges, lines) == 2

    @given(st.decimals("0.01", 10_000, places=2), st.decimals(0, 100, places=3))
    def test_never_takes_off_more_than_the_goods_cost(self, net, percent):
        assert 0 <= queries.off(Coupon(percent_off=percent), net, "EUR") <= net


class TestRedeem:
    lines: ClassVar = [Bought(None, Decimal(100))]

    def redeem(self, coupon, account, paper, currency="EUR"):
        by = make_agent()
        return actions.redeem(coupon.code, account, self.lines, currency, TODAY, paper=("order", paper), by=by)

    def test_counts_once_for_a_paper_and_again_once_it_was_given_back(self, tenant):
        coupon, account, paper = make_coupon(most_uses=1), make_account(), new_id()
        first = self.redeem(coupon, account, paper)
        assert self.redeem(coupon, account, paper) is first
        assert (coupon.uses, first.amount) == (1, 10)
        with pytest.raises(Unfit, match="used up"):
            self.redeem(coupon, account, new_id())
        assert actions.give_back(("order", paper), by=make_agent()) == 1
        assert actions.give_back(("order", paper), by=make_agent()) == 0
        assert coupon.uses == 0
        assert self.redeem(coupon, account, paper) is not first

    def test_a_customer_uses_it_as_often_as_he_may(self, tenant):
        coupon, ann, bo = make_coupon(most_per_account=2), make_account(), make_account()
        self.redeem(coupon, ann, new_id())
        paper = new_id()
        self.redeem(coupon, ann, paper)
        with pytest.raises(Unfit, match="2 times already"):
            self.redeem(coupon, ann, new_id())
        self.redeem(coupon, bo, new_id())
        actions.give_back(("order", paper), by=make_agent())
        self.redeem(coupon, ann, new_id())
        assert coupon.uses == 3
        assert queries.sums(coupon.id) == {"EUR": Decimal(30)}


class TestCodes:
    def test_are_nobody_elses_ever_again(self, tenant):
        first = make_coupon(code="Spring-10")
        actions.stop(first, by=make_agent())
        with pytest.raises(Refused, match="already"):
            make_coupon(code="SPRING-10")


class TestPages:
    def test_make_change_and_stop_one(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            make_product(name="Pen", category="Office / Pens")
            db.session.commit()
        path = f"/{here.slug}/products/coupons"
        assert "No coupons yet" in words(whole(client, f"{path}/"))
        data = {"code": "SPRING", "way": "percent", "percent_off": "12.5", "currency": "EUR", "amount_off": "7"}
        for wrong, said in (
            ({"code": "a b"}, "3 to 40"),
            ({"percent_off": ""}, "Say how much"),
            ({"names": "Pen\nPencil"}, "no product “Pencil”"),
            ({"category_names": "Nothing"}, "No product is in a category"),
            ({"starts_on": "2026-05-02", "ends_on": "2026-05-01"}, "before the first"),
        ):
            answer = post(f"{path}/new", data=data | wrong)
            assert (answer.status_code, said in words(answer.get_data(as_text=True))) == (422, True)
        made = post(f"{path}/new", data=data | {"names": "pen", "category_names": "office", "most_uses": "5"})
        assert made.status_code == 302, words(made.get_data(as_text=True))
        page = words(client.get(made.location).get_data(as_text=True))
        assert "12.5 %" in page
        assert "0 of 5" in page
        assert "Nobody has used it yet" in page
        sent = filled(client.get(f"{made.location}/edit").get_data(as_text=True), f"{made.location}/edit")
        assert (sent["names"].strip(), sent["category_names"].strip()) == ("Pen", "Office")
        assert post(f"{made.location}/edit", data=sent | {"way": "amount", "amount_off": "7"}).status_code == 302
        assert "€7.00" in words(client.get(f"{path}/").get_data(as_text=True))
        with scope.enter(here.id):
            db.session.expire_all()
            coupon = queries.coupon_called("spring")
            account = make_account(name="Elbe")
            pen = queries.products(coupon.id)[0]
            lines = [Bought(pen.id, Decimal(50))]
            paper = ("order", new_id())
            actions.redeem("spring", account, lines, "EUR", TODAY, paper=paper, by=make_agent(name="Ann"))
            actions.give_back(paper, by=make_agent(name="Bo"))
            actions.redeem("spring", account, lines, "EUR", TODAY, paper=paper, by=make_agent(name="Ann"))
            db.session.commit()
        page = words(client.get(made.location).get_data(as_text=True))
        assert "Elbe" in page
        assert "Taken off so far: €7.00" in page
        told = words(whole(client, f"/{here.slug}/customers/{account.id}"))
        assert "Ann took €7.00 off by the coupon SPRING" in told
        assert "Bo gave the coupon SPRING back" in told
        post(f"{made.location}/stop")
        assert "Stopped" in words(client.get(made.location).get_data(as_text=True))
        assert "SPRING" in words(client.get(f"{path}/?state=stopped").get_data(as_text=True))
        assert "SPRING" not in words(client.get(f"{path}/?state=holds").get_data(as_text=True))
