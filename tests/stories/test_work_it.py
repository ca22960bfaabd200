"""An agent's day: a customer is written down, spoken to, offered something; a manager hands one over."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import choose, resize
from tests.factories import make_account, make_contact, make_opportunity
from tests.stories.conftest import look


def new(page: Page, what: str) -> None:
    """The form behind the button that is on every page."""
    page.get_by_role("banner").get_by_role("button", name="New").click()
    page.locator(".menu:popover-open").get_by_role("link", name=what, exact=True).click()


def add_customer(page: Page) -> None:
    new(page, "Customer")
    page.get_by_label("Name").fill("Elbe Systems")
    page.get_by_text("Address, website, tax number").click()
    page.get_by_label("City").fill("Kiel")
    look(page)
    page.get_by_role("button", name="Add customer").click()
    expect(page.get_by_role("heading", name="Elbe Systems")).to_be_visible()


@pytest.mark.browser
class TestCustomers:
    @pytest.mark.shows("CB1", "CB9", "CB13", "AC1", "AC5")
    def test_are_added_called_and_found_again(self, house, visitor):
        page = house.enter(visitor(), "agent")
        add_customer(page)
        page.get_by_role("link", name="Add", exact=True).first.click()
        page.get_by_label("Name").fill("Jana Kröger")
        page.get_by_label("Mobile").fill("+49 40 555 01 82")
        look(page)
        page.get_by_role("button", name="Add contact").click()
        page.get_by_role("main").get_by_role("link", name="Jana Kröger").click()
        expect(page.get_by_role("heading", name="Jana Kröger")).to_be_visible()
        look(page)
        page.get_by_role("main").get_by_role("link", name="Elbe Systems").first.click()
        page.get_by_label("Write a note, or what was said").fill("Wants two cranes in spring.")
        page.get_by_role("button", name="Log call").click()
        expect(page.locator(".trail")).to_contain_text("Ann Archer called")
        expect(page.locator(".trail")).to_contain_text("Wants two cranes in spring.")
        page.get_by_label("Attach files").set_input_files(
            {"name": "offer.txt", "mimeType": "text/plain", "buffer": b"two cranes"}
        )
        expect(page.get_by_role("link", name="offer.txt")).to_be_visible()
        with page.expect_download() as coming:
            page.get_by_role("link", name="offer.txt").click()
        assert coming.value.suggested_filename == "offer.txt"
        look(page)
        house.work()
        page.keyboard.press("/")
        page.keyboard.type("0182")
        page.locator(".found").get_by_role("link", name="Jana Kröger").click()
        expect(page.get_by_role("heading", name="Jana Kröger")).to_be_visible()

    @pytest.mark.shows("CB7")
    def test_are_sorted_filtered_archived_and_restored(self, house, visitor):
        with house.inside():
            ann = house.member("agent")
            for name, level in (("Alder Hotels", "A"), ("Bluefin Foods", "B"), ("Crane Logistics", "A")):
                make_account(ann, by=ann, name=name, level=level)
        page = house.enter(visitor())
        page.get_by_role("link", name="Customers", exact=True).click()
        names = page.locator("tbody a.name")
        expect(names).to_have_text(["Alder Hotels", "Bluefin Foods", "Crane Logistics"])
        page.get_by_role("columnheader").get_by_role("link", name="Customer").click()
        expect(names).to_have_text(["Crane Logistics", "Bluefin Foods", "Alder Hotels"])
        page.get_by_role("button", name="Level").click()
        page.locator(".menu:popover-open").get_by_text("A", exact=True).click()
        expect(names).to_have_text(["Crane Logistics", "Alder Hotels"])
        look(page)
        names.first.click()
        page.get_by_role("main").get_by_role("button", name="More").click()
        page.get_by_role("button", name="Archive").click()
        expect(page.get_by_role("main")).to_contain_text("nothing changes here until it is restored")
        expect(page.get_by_role("main").get_by_role("button", name="More")).to_have_count(0)
        look(page)
        page.get_by_role("button", name="Restore").click()
        expect(page.locator(".head")).not_to_contain_text("Archived")

    @pytest.mark.shows("CB13")
    def test_on_a_phone_show_what_happened_before_files_and_fields(self, house, visitor):
        with house.inside():
            acme = make_account(house.member("agent"), name="Elbe Systems")
            paths = (f"customers/{acme.id}", f"contacts/{make_contact(acme).id}", f"deals/{make_opportunity(acme).id}")
        page = house.enter(visitor())
        resize(page, 390, 844)
        for path in (*paths, f"{paths[0]}?tab=deals"):
            page.goto(f"/{house.slug}/{path}")
            main = page.get_by_role("main")
            trail, files = main.locator(".tabs, .trail").first, main.locator("#files")
            about = main.get_by_role("heading", name="About", exact=True)
            assert trail.bounding_box()["y"] < about.bounding_box()["y"] < files.bounding_box()["y"], path

    @pytest.mark.shows("CB19")
    def test_handed_over_are_told_to_their_new_owner(self, house, visitor):
        with house.inside():
            make_account(house.member("agent"), name="Elbe Systems")
        page, tom = house.enter(visitor(), "manager"), house.enter(visitor(), "other agent")
        page.get_by_role("link", name="Customers", exact=True).click()
        page.get_by_role("link", name="Elbe Systems").click()
        page.get_by_role("main").get_by_role("button", name="More").click()
        page.get_by_role("link", name="Give to a colleague").click()
        choose(page, "owner_id", "Tom Becker")
        look(page)
        page.get_by_role("button", name="Give").click()
        expect(page.get_by_role("main")).to_contain_text("Tom Becker")
        house.work()
        tom.reload()
        tom.get_by_role("link", name="Notifications, 1 new").click()
        look(tom)
        tom.get_by_role("button", name="Elbe Systems").click()
        expect(tom.get_by_role("heading", name="Elbe Systems")).to_be_visible()


@pytest.mark.browser
class TestLists:
    def test_stay_where_they_are_when_their_count_comes(self, house, visitor):
        """Whoever reaches for a row must not hit the one above it."""
        with house.inside():
            make_account(house.member("agent"), name="Elbe Systems")
        page, held = house.enter(visitor(), "agent"), []
        page.route("**/customers/count", lambda route: held.append(route))
        page.get_by_role("link", name="Customers", exact=True).first.click()
        row = page.get_by_role("main").get_by_role("link", name="Elbe Systems")
        expect(row).to_be_visible()
        page.wait_for_load_state()  # without its styles it stands elsewhere
        page.evaluate("() => document.fonts.ready.then(() => null)")  # letters of another width move rows too
        before = row.bounding_box()
        while not held:
            page.wait_for_timeout(50)  # ms
        held[0].continue_()
        expect(page.locator(".head-text .muted")).to_contain_text("1")
        assert row.bounding_box() == before


@pytest.mark.browser
class TestDeals:
    @pytest.mark.shows("OP1", "OP2", "OP4", "OP5", "OP13")
    def test_go_from_stage_to_stage_and_are_won(self, house, visitor):
        with house.inside():
            make_account(house.member("agent"), name="Elbe Systems")
        page = house.enter(visitor(), "agent")
        new(page, "Deal")
        page.get_by_label("What is it about?").fill("Two cranes")
        page.get_by_label("Customer", exact=True).fill("Elbe Systems")
        page.get_by_label("Amount").fill("42000")
        look(page)
        page.get_by_role("button", name="Open deal").click()
        expect(page.get_by_role("heading", name="Two cranes")).to_be_visible()
        look(page)
        page.get_by_role("link", name="Deals").first.click()
        card = page.locator("[data-card]").filter(has_text="Two cranes")
        page.wait_for_load_state("networkidle")
        card.get_by_role("link").focus()
        page.keyboard.press("Shift+ArrowRight")
        expect(page.locator(".column-top").nth(1)).to_contain_text("€42,000")
        look(page)
        card.get_by_role("link").click()
        expect(page.locator(".trail")).to_contain_text("Needs known")
        page.get_by_role("link", name="Won").click()
        look(page)
        page.get_by_role("button", name="Mark as won").click()
        expect(page.locator(".head")).to_contain_text("Won")
        page.get_by_role("link", name="Deals").first.click()
        page.get_by_role("main").get_by_role("link", name="Won", exact=True).click()
        expect(page.get_by_role("link", name="Two cranes")).to_be_visible()
        look(page)


@pytest.mark.browser
class TestActivities:
    @pytest.mark.shows("AC4", "AC5", "AC8", "AC13")
    def test_are_planned_seen_in_the_calendar_and_done(self, house, visitor):
        with house.inside():
            make_opportunity(make_account(house.member("agent"), name="Elbe Systems"), house.member("agent"))
        page = house.enter(visitor(), "agent")
        new(page, "Activity")
        page.get_by_label("Kind").select_option(label="Visit")
        page.get_by_label("What is it about?").fill("See the yard")
        page.get_by_label("Customer", exact=True).fill("Elbe Systems")
        look(page)
        page.get_by_role("button", name="Plan", exact=True).click()
        page.locator(".calendar").get_by_role("link", name="See the yard").click()
        look(page)
        page.get_by_role("main").get_by_role("link", name="Done").click()
        page.get_by_label("What came of it?").fill("They want to buy.")
        look(page)
        page.get_by_role("button", name="Done").click()
        expect(page.get_by_role("main")).to_contain_text("They want to buy.")
        expect(page.locator(".trail")).to_contain_text("Ann Archer completed")
