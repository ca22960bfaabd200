"""What is sold must be there: stock falls, is bought anew, comes in, and is counted."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from saas.crm.inventory import actions as stock
from saas.crm.inventory import count_actions, level_actions, warehouse_actions
from saas.crm.purchases import actions as purchases
from tests.crm.purchases.test_purchases import buy, wanted
from tests.factories import make_account, make_product, make_warehouse, stocked
from tests.stories.conftest import look


@pytest.mark.browser
class TestBuying:
    @pytest.mark.shows("PR8", "PR9", "PR10")
    def test_what_is_low_is_bought_and_comes_in(self, house, visitor):
        with house.inside():
            make_account(house.member("manager"), name="Elbe Metals")
            make_product(name="Pin")
        page = house.enter(visitor(), "manager")
        page.get_by_role("link", name="Products", exact=True).click()
        page.get_by_role("link", name="Pin", exact=True).click()
        page.get_by_role("button", name="Move stock").click()
        page.get_by_role("link", name="Put in").click()
        page.get_by_label("How many").fill("12.5")
        page.get_by_label("Cost of one").fill("4")
        look(page)
        page.get_by_role("button", name="Put in").click()
        expect(page.get_by_text("Pin: +12.5.")).to_be_visible()
        look(page)
        page.get_by_role("link", name="When to warn: All together").click()
        page.get_by_label("Warn below").fill("10")
        page.get_by_label("Fill up to").fill("30")
        page.get_by_label("Pack size").fill("6")
        look(page)
        page.get_by_role("button", name="Save").click()
        page.get_by_role("link", name="Take out").click()
        page.get_by_label("How many").fill("99")
        page.get_by_role("button", name="Take out").click()
        expect(page.locator("[data-summary]")).to_contain_text("Of Pin 12.5 are available in Main warehouse, not 99.")
        page.get_by_label("How many").fill("4.5")
        page.get_by_role("button", name="Take out").click()
        expect(page.get_by_text("Below the level").first).to_be_visible()

        page.get_by_role("link", name="Stock", exact=True).click()
        look(page)
        page.get_by_role("link", name="To order").click()
        expect(page.get_by_role("row", name="Pin")).to_contain_text("24")
        look(page)
        page.get_by_role("button", name="Make a purchase of the chosen").click()
        page.get_by_label("Supplier", exact=False).first.fill("Elbe Metals")
        page.locator("input[name=r1-text]").fill("Freight")
        page.locator("input[name=r1-quantity]").fill("one")
        page.locator("input[name=r1-price]").click()
        expect(page.locator("#r1-quantity-hint")).to_contain_text("Type a number")
        page.locator("input[name=r1-quantity]").fill("1")
        page.locator("input[name=r1-price]").fill("20")
        look(page)
        page.get_by_role("button", name="Draw up").click()
        expect(page.get_by_text("€116.00").first).to_be_visible()
        look(page)
        page.get_by_role("button", name="Place the order").click()
        page.get_by_role("link", name="Take in what came").click()
        page.locator("input[name=r0-quantity]").fill("20")
        page.locator("input[name=r0-price]").fill("6")
        look(page)
        page.get_by_role("button", name="Take it in").click()
        expect(page.get_by_text("Partly received").first).to_be_visible()
        look(page)
        page.get_by_role("link", name="Pin", exact=True).click()
        expect(page.get_by_text("€5.43")).to_be_visible()  # (8 × 4 + 20 × 6) ÷ 28
        expect(page.get_by_role("row", name="All together")).to_contain_text("28")


@pytest.mark.browser
class TestCounting:
    @pytest.mark.shows("PR9")
    def test_is_typed_by_keyboard_and_posted(self, house, visitor):
        with house.inside():
            for name, many in (("Bolt", 7), ("Nut", 5)):
                stocked(many, name=name)
        page = house.enter(visitor(), "manager")
        page.goto(f"/{house.slug}/stock/counts/")
        page.get_by_role("button", name="Begin").click()
        page.get_by_label("Counted: Bolt").fill("6")
        page.keyboard.press("Enter")
        page.keyboard.type("5")
        page.keyboard.press("Tab")
        expect(page.get_by_text("−1", exact=True).first).to_be_visible()
        look(page)
        page.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="Post the count").first.click()
        expect(page.get_by_text("1 product differs.")).to_be_visible()
        page.locator("#post-count").get_by_role("button", name="Post the count").click()
        expect(page.get_by_text("The count is posted: 1 difference.")).to_be_visible()
        look(page)


@pytest.mark.browser
def test_pages_are_read_in_both_languages(house, visitor, language):
    with house.inside():
        by, north = house.member("owner"), make_warehouse(name="North")
        pin = stocked(9, name="Pin")
        main = warehouse_actions.first()
        stock.send(pin.id, main.id, north.id, Decimal(2), arrives=False, by=by)
        limits = {"warn_below": Decimal(10), "fill_to": None, "pack_size": None}
        level_actions.set_warning(pin.id, None, limits, by=by)
        made = buy(wanted(pin, 3), account=make_account(by, name="Elbe Metals"), by=by)
        purchases.order(made, by=by)
        count = count_actions.start(north.id, by=by)
        addresses = (
            *("stock/", f"stock/{pin.id}", f"stock/{pin.id}/transfer", "stock/movements/", "stock/order/"),
            *("stock/counts/", f"stock/counts/{count.id}", "settings/warehouses", f"products/{pin.id}"),
            *("purchases/", f"purchases/{made.id}", f"purchases/{made.id}/edit", f"purchases/{made.id}/receive"),
        )
    page = house.enter(visitor(), "owner")
    for address in addresses:
        page.goto(f"/{house.slug}/{address}")
        expect(page.locator("h1")).to_be_visible()
        look(page)
