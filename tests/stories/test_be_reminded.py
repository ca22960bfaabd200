"""What was planned is called to mind at its time: once by mail, once behind the bell."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from saas import clock
from tests.factories import make_account
from tests.stories.conftest import look

DAY = 24 * 3600


@pytest.mark.browser
class TestReminding:
    @pytest.mark.shows("AC4", "AC14")
    def test_comes_once_by_mail_and_once_behind_the_bell(self, house, visitor):
        with house.inside():
            make_account(house.member("agent"), name="Elbe Systems")
        page = house.enter(visitor(), "agent")
        page.get_by_role("link", name="Customers", exact=True).click()
        page.get_by_role("link", name="Elbe Systems").click()
        page.get_by_role("link", name="Plan", exact=True).click()
        page.get_by_label("What is it about?").fill("Ask about the crane")
        tomorrow = (
            clock.local(clock.now(), "Europe/Lisbon")
            .date()
            .fromordinal(clock.local(clock.now(), "Europe/Lisbon").date().toordinal() + 1)
        )
        page.get_by_label("Day", exact=True).fill(tomorrow.isoformat())
        page.get_by_label("Time", exact=True).fill("09:00")
        page.get_by_label("10 minutes before").check()
        page.get_by_text("Does it come again?").click()
        page.get_by_label("Repeat").select_option("weekly")
        look(page)
        page.get_by_role("button", name="Plan", exact=True).click()
        expect(page.get_by_role("main")).to_contain_text("Ask about the crane")
        house.work()
        page.get_by_role("link", name="Today").click()
        expect(page.get_by_role("main")).to_contain_text("Ask about the crane")
        look(page)

        clock.shift(2 * DAY)
        house.work()
        house.work()
        clock.shift(0)
        page.get_by_role("link", name="Notifications").click()
        told = page.get_by_role("button", name="Ask about the crane")
        expect(told).to_have_count(1)
        look(page)
        told.click()
        expect(page.get_by_role("heading", name="Ask about the crane")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("every week")
        page.goto("/_mail/")
        expect(page.get_by_role("row").filter(has_text=house.people["agent"])).to_have_count(1)


@pytest.mark.browser
class TestBeingTold:
    def test_is_chosen_on_a_phone_as_well(self, house, visitor):
        """Each line with its two ways within the card: nothing is to be drawn aside."""
        page = house.enter(visitor(viewport={"width": 390, "height": 844}), "agent")
        page.goto(f"/{house.slug}/profile/notices")
        look(page)
        card = page.locator(".told-of")
        assert card.evaluate("(one) => one.scrollWidth <= one.clientWidth")
        for way in (card.locator("tbody select").first, card.locator("tbody input").first):
            inside, around = way.bounding_box(), card.bounding_box()
            assert inside["x"] + inside["width"] < around["x"] + around["width"] - 8
