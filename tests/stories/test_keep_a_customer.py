"""The way of one customer through a house, in either language: entered, found, merged, handed over, lost to the pool,
claimed, planned for, called to mind and done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from saas import clock
from saas.crm.customers import ownership
from saas.crm.customers.models import Account
from saas.crm.pool import sweep_actions
from saas.db import db
from tests.browsers import choose
from tests.stories.conftest import look

NAMES = {"en": ("Elbe Systems", "Elbe Systems Ltd", "Elbe"), "zh": ("王伟机械", "王伟机械有限公司", "王伟")}
PHONE = "+49 40 555 0182"


def enter(page: Page, say: Any, name: str) -> None:
    page.get_by_role("link", name=say("Customers"), exact=True).first.click()
    page.get_by_role("link", name=say("New customer"), exact=True).first.click()
    page.get_by_label(say("Name"), exact=True).first.fill(name)
    page.get_by_label(say("Phone"), exact=True).first.fill(PHONE)
    look(page)
    page.get_by_role("button", name=say("Add customer")).click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def find(page: Page, typed: str, name: str) -> None:
    page.keyboard.press("/")
    page.keyboard.type(typed)
    page.locator(".found").get_by_role("link", name=name).first.click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


@pytest.mark.browser
class TestOneCustomer:
    @pytest.mark.shows("CB1", "CB19", "CB25", "PP3", "PP4", "AC4", "AC5", "AC14")
    def test_goes_the_whole_way(self, house, visitor, language, say):
        name, twin, typed = NAMES[language]
        bo, tom = house.enter(visitor(), "manager"), house.enter(visitor(), "other agent")

        enter(bo, say, name)
        house.work()
        find(bo, typed, name)
        look(bo)

        enter(bo, say, twin)
        house.work()
        bo.get_by_role("link", name=say("Customers"), exact=True).first.click()
        bo.get_by_role("link", name=say("Duplicates"), exact=True).click()
        look(bo)
        bo.get_by_role("link", name=say("Compare")).first.click()
        look(bo)
        bo.get_by_role("main").get_by_role("button", name=say("Merge"), exact=True).click()
        expect(bo.get_by_role("main")).to_contain_text(say("Undo the merge"))
        look(bo)
        with house.inside():
            left = db.session.scalars(select(Account).where(Account.merged_into_id.is_(None))).one()
            account_id, name = left.id, left.name

        bo.goto(f"/{house.slug}/customers/{account_id}/assign")
        choose(bo, "owner_id", "Tom Becker")
        look(bo)
        bo.get_by_role("main").get_by_role("button", name=say("Give"), exact=True).click()
        expect(bo.get_by_role("main")).to_contain_text("Tom Becker")
        house.work()

        tom.goto(f"/{house.slug}/bell")
        expect(tom.get_by_role("main")).to_contain_text(name)
        look(tom)
        with house.inside():
            held = db.session.get(Account, (house.id, account_id))
            held.owned_since = held.last_contact_at = clock.now() - timedelta(days=60)
            ownership.set_reclaim(held)
            list(sweep_actions.sweep("crm.reclaim_customer"))
        house.work()
        tom.goto(f"/{house.slug}/bell")
        look(tom)
        ann = house.enter(visitor(), "agent")
        ann.get_by_role("link", name=say("Public pool")).first.click()
        look(ann)
        ann.get_by_role("link", name=name).first.click()
        look(ann)
        ann.get_by_role("main").get_by_role("link", name=say("Claim"), exact=True).click()
        look(ann)
        ann.locator("input[name=step]").fill("Visit them")
        ann.locator("input[name=step_by]").fill((clock.now() + timedelta(days=2)).date().isoformat())
        ann.get_by_role("main").get_by_role("button", name=say("Claim"), exact=True).click()
        expect(ann.get_by_role("main")).to_contain_text("Ann Archer")
        expect(ann.get_by_role("main")).to_contain_text("Visit them")
        look(ann)

        ann.goto(f"/{house.slug}/activities/new?about_kind=account&about_id={account_id}")
        ann.locator("input[name=subject]").fill("See the yard")
        ann.locator("input[name=day]").fill((clock.now() + timedelta(days=1)).date().isoformat())
        ann.locator("input[name=hour]").fill("09:00")
        ann.locator("input[name=reminders]").first.check()
        look(ann)
        ann.locator("main button.btn-primary[type=submit]").last.click()
        expect(ann.get_by_role("main")).to_contain_text("See the yard")
        house.work()
        clock.shift(2 * 24 * 3600)
        house.work()
        clock.shift(0)
        ann.goto(f"/{house.slug}/bell")
        ann.get_by_role("button", name="See the yard").click()
        expect(ann.get_by_role("heading", name="See the yard")).to_be_visible()
        look(ann)
        ann.get_by_role("main").get_by_role("link", name=say("Done"), exact=True).click()
        ann.locator("textarea").first.fill("They want to buy.")
        look(ann)
        ann.get_by_role("main").get_by_role("button", name=say("Done"), exact=True).click()
        expect(ann.locator(".trail")).to_contain_text("See the yard")
        with house.inside():
            held = db.session.get(Account, (house.id, account_id))
            assert held.owner_id == house.member("agent").id
            assert held.reclaim_at > clock.now()
