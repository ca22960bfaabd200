"""What is promised to a customer is written where everything else is, and told when it is kept."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.factories import make_account
from tests.stories.conftest import look


@pytest.mark.browser
class TestPromise:
    @pytest.mark.shows("CB15")
    def test_is_made_in_the_box_and_kept(self, house, visitor):
        with house.inside():
            elbe = make_account(house.member("agent"), name="Elbe Systems")
        page = house.enter(visitor())
        page.goto(f"/{house.slug}/customers/{elbe.id}")
        page.get_by_label("Write a note, or what was said").fill("A crane for the trial week")
        page.get_by_role("link", name="Promise").click()
        said = page.get_by_label("What was promised?")
        expect(said).to_have_value("A crane for the trial week")  # what was typed isn't lost
        expect(page.get_by_role("textbox", name="Until")).not_to_have_value("")
        look(page)
        page.get_by_role("button", name="Save promise").click()
        expect(page.get_by_role("main")).to_contain_text("promised: A crane for the trial week")
        page.get_by_role("button", name="Kept: A crane for the trial week", exact=True).click()
        expect(page.get_by_role("main")).to_contain_text("kept the promise: A crane for the trial week")
