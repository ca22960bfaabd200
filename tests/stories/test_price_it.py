"""What is sold has its price: variants, a price list typed from a sheet, and what one customer pays."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from saas.crm.products import price_actions as prices
from saas.crm.products import variant_actions as variants
from tests.browsers import choose
from tests.crm.products.test_pricing import make_list
from tests.factories import make_account, make_product
from tests.stories.conftest import look
from tests.stories.test_enter_it import PASTE


@pytest.mark.browser
class TestPrices:
    @pytest.mark.shows("PR1", "PR12")
    def test_a_customer_gets_its_own_from_a_quantity_on(self, house, visitor):
        with house.inside():
            make_account(house.member("agent"), name="Elbe GmbH")
            make_product(name="Shirt", price=Decimal(20), currency="EUR")
            make_product(name="Cap", price=Decimal(8), currency="EUR")
        page = house.enter(visitor(), "manager")
        page.get_by_role("link", name="Products", exact=True).click()
        page.get_by_role("link", name="Shirt", exact=True).click()
        page.get_by_role("button", name="More").click()
        page.get_by_role("link", name="Make variants").click()
        page.get_by_label("In what they differ").fill("Colour: red, blue\nSize: M")
        look(page)
        page.get_by_role("button", name="Make the variants").click()
        expect(page.get_by_role("row", name="blue M")).to_contain_text("€20.00")
        look(page)

        page.get_by_role("link", name="Products", exact=True).click()
        page.get_by_role("link", name="Price lists").click()
        look(page)
        page.get_by_role("link", name="New price list").click()
        page.get_by_label("Name").fill("Elbe 2026")
        choose(page, "currency", "EUR")
        page.get_by_text("One customer").click()
        page.get_by_label("Customer", exact=True).fill("Elbe GmbH")
        look(page)
        page.get_by_role("button", name="Go on to its prices").click()
        sheet = "shirt\t\t18,50\r\nShirt\t10\t\t15\r\nHat\t\t3\r\n"
        page.evaluate(PASTE, ["input[name=r0-product]", sheet])
        expect(page.locator("#r2-product-hint")).to_contain_text("No product has this name")
        look(page)
        page.locator("input[name=r2-product]").fill("Cap")
        page.get_by_role("button", name="Save prices").click()
        expect(page.get_by_text("3 prices are changed.")).to_be_visible()
        look(page)

        page.get_by_role("link", name="Products", exact=True).click()
        page.get_by_role("link", name="Shirt, red, M").click()
        page.get_by_label("Customer", exact=True).fill("Elbe GmbH")
        page.get_by_label("How many").fill("10")
        page.get_by_role("button", name="Find the price").click()
        expect(page.get_by_text("€17.00")).to_be_visible()
        expect(page.get_by_text("Price list Elbe 2026, from 10")).to_be_visible()
        look(page)

    def test_are_read_in_both_languages(self, house, visitor, language):
        with house.inside():
            made, by = make_product(name="Shirt", price=Decimal(20), currency="EUR"), house.member("owner")
            variants.make_variants(made, [("Colour", ["red"])], by=by)
            spring = make_list(name="Spring")
            prices.set_prices(spring.id, {(made.id, Decimal(10)): (None, Decimal(5))}, by=by)
            products = f"/{house.slug}/products"
        page = house.enter(visitor(), "owner")
        for address in (str(made.id), f"price-lists/{spring.id}", "price-lists/", "coupons/", "coupons/new"):
            page.goto(f"{products}/{address}")
            expect(page.locator("h1")).to_be_visible()
            look(page)
        for address in ("taxes", "discounts", "words/unit"):
            page.goto(f"/{house.slug}/settings/{address}")
            expect(page.locator("h1")).to_be_visible()
            look(page)


@pytest.mark.browser
class TestCoupons:
    @pytest.mark.shows("PR12")
    def test_one_is_made_and_stopped(self, house, visitor):
        page = house.enter(visitor(), "manager")
        page.get_by_role("link", name="Products", exact=True).click()
        page.get_by_role("link", name="Coupons").click()
        look(page)
        page.get_by_role("link", name="New coupon").click()
        page.get_by_label("Code").fill("SPRING-10")
        page.get_by_text("An amount").click()
        page.get_by_label("Amount", exact=True).fill("5")
        look(page)
        page.get_by_role("button", name="Make the coupon").click()
        expect(page.get_by_text("Nobody has used it yet.")).to_be_visible()
        look(page)
        page.get_by_role("button", name="More").click()
        page.get_by_role("button", name="Stop it").click()
        expect(page.get_by_text("can't be used any more")).to_be_visible()
        expect(page.get_by_text("Stopped", exact=True)).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("Holds now")).to_be_visible()
