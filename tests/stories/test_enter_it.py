"""What somebody has at hand comes in quickly: rows of a sheet, pasted and walked by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.factories import make_account
from tests.stories.conftest import look

PASTE = """([selector, text]) => {
  const cell = document.querySelector(selector);
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  cell.focus();
  cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.name")


@pytest.mark.browser
class TestGrid:
    @pytest.mark.shows("CB10", "CB11")
    def test_takes_rows_of_a_sheet_and_is_walked_by_keyboard(self, house, visitor):
        with house.inside():
            make_account(house.member("agent"), name="Elbe GmbH")
        page = house.enter(visitor(), "agent")
        page.get_by_role("link", name="Customers", exact=True).click()
        page.get_by_role("link", name="Several at once").click()
        page.locator("input[name=r6-name]").wait_for()
        sheet = 'Elbe\t\tinfo@elbe.example\tHamburg\r\n"Weser ""North"""\t\tinfo at weser\tBremen\r\n'
        page.evaluate(PASTE, ["input[name=r6-name]", sheet + "".join(f"Firm {n}\r\n" for n in range(5))])
        expect(page.locator("input[name=r7-name]")).to_have_value('Weser "North"')
        expect(page.locator("input[name=r12-name]")).to_have_value("Firm 4")
        expect(page.locator("#r6-name-hint")).to_contain_text("Elbe GmbH")
        expect(page.locator("#r7-email-hint")).to_contain_text("not a whole mail address")
        look(page)
        page.locator("input[name=r7-email]").fill("info@weser.example")
        for key, name in (("Enter", "r8-email"), ("ArrowUp", "r7-email"), ("ArrowRight", "r7-city")):
            page.keyboard.press(key)
            assert focused(page) == name
        expect(page.locator("#r7-email-hint")).to_be_empty()
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("6 rows are saved:")).to_be_visible()
        expect(page.locator("input[name=r6-name]")).to_have_value("Elbe")
        look(page)
        page.get_by_role("button", name="Save all rows").click()
        expect(page.get_by_text("1 row is saved:")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("1 row is put away again.")).to_be_visible()


@pytest.mark.browser
class TestCard:
    @pytest.mark.shows("CB10")
    def test_fills_the_form_and_leaves_the_saving_to_its_reader(self, house, visitor):
        page = house.enter(visitor(), "agent")
        page.goto(f"/{house.slug}/customers/new")
        page.get_by_text("Address, website, tax number").click()
        page.get_by_label("City").fill("Kiel")
        page.get_by_text("Paste a card or signature").click()
        page.get_by_label("Card or signature").fill("Jana Kröger\nElbe GmbH\n20457 Hamburg\njana@elbe.example")
        look(page)
        page.get_by_role("button", name="Fill in the form").click()
        expect(page.get_by_label("Name", exact=True)).to_have_value("Elbe GmbH")
        expect(page.get_by_label("City")).to_have_value("Kiel")
        expect(page.get_by_label("Who is it?")).to_have_value("Jana Kröger")
        look(page)
        page.get_by_role("button", name="Add customer").click()
        expect(page.get_by_role("heading", name="Elbe GmbH")).to_be_visible()
        expect(page.get_by_role("link", name="Jana Kröger Main contact")).to_be_visible()


@pytest.mark.browser
class TestCells:
    @pytest.mark.shows("CB7", "CB11")
    def test_a_double_click_on_a_number_changes_it_and_dials_nobody(self, house, visitor):
        with house.inside():
            make_account(house.member("agent"), name="Alder Hotels", phone="+49 431 5550101")
        page = house.enter(visitor(), "manager")
        page.goto(f"/{house.slug}/customers/?columns=name,phone")
        page.evaluate("window.followed = 0; addEventListener('click', (e) => { followed += !e.defaultPrevented; })")
        page.locator("tbody tr").get_by_text("+49 431 5550101").dblclick()
        expect(page.get_by_label("Phone, Alder Hotels")).to_be_focused()
        assert page.evaluate("window.followed") == 0

    def test_are_changed_where_they_stand(self, house, visitor):
        with house.inside():
            ann = house.member("agent")
            for name in ("Alder Hotels", "Bluefin Foods", "Crane Logistics"):
                make_account(ann, name=name, city="Kiel")
        page = house.enter(visitor(), "manager")
        page.goto(f"/{house.slug}/customers/?columns=name,city,level,phone,owner")
        row = page.locator("tbody tr")
        row.nth(0).get_by_text("Kiel").dblclick()
        expect(page.get_by_label("City, Alder Hotels")).to_be_focused()
        look(page)
        page.keyboard.type("Bremen")
        page.keyboard.press("Enter")
        expect(row.nth(0)).to_contain_text("Bremen")
        expect(row.nth(1).locator("td").nth(2)).to_be_focused()
        page.keyboard.press("Enter")
        page.get_by_label("City, Bluefin Foods").fill("Husum")
        page.keyboard.press("Tab")
        expect(row.nth(1)).to_contain_text("Husum")
        page.get_by_label("Level, Bluefin Foods").select_option("A")
        page.keyboard.press("Enter")
        expect(row.nth(1).locator(".chip", has_text="A")).to_be_visible()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("F2")
        page.get_by_label("Phone, Crane Logistics").fill("nonsense")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("A phone number has digits")
        look(page)
        page.keyboard.press("Escape")
        expect(page.locator(".cell-form")).to_have_count(0)
        expect(row.nth(2)).not_to_contain_text("nonsense")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        page.get_by_label("Looked after by, Crane Logistics").select_option("Tom Becker")
        page.keyboard.press("Enter")
        expect(row.nth(2)).to_contain_text("Tom Becker")
