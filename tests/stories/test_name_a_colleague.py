"""Who writes a note names a colleague by keyboard or by finger, and sees whom it tells nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.factories import make_account, make_agent
from tests.stories.conftest import look


@pytest.mark.browser
class TestMention:
    def test_is_chosen_from_a_list(self, house, visitor):
        with house.inside():
            elbe = make_account(house.member("agent"), name="Elbe Systems")
            for name in ("Daniel Reyes", "Dana Moor", "张伟"):
                make_agent(name=name)
        page = house.enter(visitor())
        page.goto(f"/{house.slug}/customers/{elbe.id}")
        box = page.get_by_label("Write a note, or what was said")
        box.press_sequentially("Ask @da")
        expect(page.get_by_role("option")).to_have_text(["Dana Moor", "Daniel Reyes"])
        look(page)
        box.press("ArrowDown")
        box.press("Enter")
        expect(box).to_have_value("Ask @Daniel Reyes ")
        box.press_sequentially("and @zhang")
        page.get_by_role("option", name="张伟").click()
        expect(box).to_have_value("Ask @Daniel Reyes and @张伟 ")
        box.press_sequentially("and @nobody, please")
        expect(page.get_by_text("@nobody tells nobody")).to_be_visible()
        look(page)
        page.get_by_role("button", name="Save note").click()
        expect(page.get_by_role("main")).to_contain_text("Ask @Daniel Reyes")
