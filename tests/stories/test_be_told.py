"""Who wants to be told in a chat says where; what is wrong is said before anything is kept."""

from __future__ import annotations

import pytest
from flask import current_app
from playwright.sync_api import expect

from saas import sealing
from saas.db import db, new_id
from saas.tenants.actions import chats
from saas.tenants.models import ChatAddress
from tests.stories.conftest import look


@pytest.mark.browser
class TestBeTold:
    def test_in_a_chat(self, house, visitor):
        page = house.enter(visitor(), "agent")
        page.goto(f"/{house.slug}/profile/chat")
        look(page)
        page.get_by_role("link", name="WeCom").click()
        page.get_by_label("Address of the webhook").fill("https://example.com/hook")
        page.get_by_label("What you call it").fill("Our group")
        page.get_by_role("button", name="Try it and save").click()
        expect(page.get_by_role("alert")).to_contain_text("WeCom gives something of another form.")
        expect(page.get_by_label("What you call it")).to_have_value("Our group")
        look(page)

        with house.inside():
            place = ChatAddress(id=new_id(), member_id=house.member("agent").id, service="wecom", name="Our group")
            place.given_sealed = sealing.sealed(current_app.config["SECRET_KEY"], chats._use(place), "{}")
            db.session.add(place)
        page.goto(f"/{house.slug}/profile/chat")
        page.get_by_role("button", name="Send a try").click()  # its secret is gone, so nothing arrives
        expect(page.get_by_role("main")).to_contain_text("Nothing arrives")
        look(page)
        page.get_by_role("link", name="Choose what is told").click()
        box = page.get_by_role("checkbox", name="A customer asks something of us: Chat and SMS")
        expect(box).to_be_checked()
        look(page)
        box.uncheck()
        page.get_by_role("button", name="Save").click()
        expect(box).not_to_be_checked()
