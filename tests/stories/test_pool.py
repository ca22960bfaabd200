"""An account that nobody tends goes back to the pool, and whoever is first may claim it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from saas import clock
from saas.crm.customers import ownership
from saas.crm.pool import notice_actions, sweep_actions
from saas.tenants import scope
from tests.factories import make_account
from tests.stories.conftest import look


@pytest.fixture
def tended(house):
    """Two customers of the first agent: one he has not spoken to for twelve days, one for thirty."""
    with house.inside():
        ann = house.member("agent")
        for name, days in (("Elbe Systems", 12), ("Fjord Marine", 30)):
            account = make_account(ann, by=ann, name=name)
            account.owned_since = account.last_contact_at = clock.now() - timedelta(days=days)
            ownership.set_reclaim(account)


@pytest.mark.browser
@pytest.mark.usefixtures("tended")
class TestThePool:
    @pytest.mark.shows("PP3", "PP4", "PP7", "PP8")
    def test_takes_back_what_is_idle_and_gives_it_to_the_first(self, house, visitor):
        with house.inside():
            notice_actions.warn_owners()
            list(sweep_actions.sweep("crm.reclaim_customer"))
        house.work()
        ann, tom = house.enter(visitor(), "agent"), house.enter(visitor(), "other agent")
        ann.get_by_role("link", name="Notifications").click()
        expect(ann.get_by_role("main")).to_contain_text("Elbe Systems")
        ann.get_by_role("link", name="Public pool").click()
        expect(ann.get_by_role("link", name="Fjord Marine")).to_be_visible()
        ann.get_by_role("link", name="Mine that return soon").click()
        expect(ann.get_by_role("link", name="Elbe Systems")).to_be_visible()
        look(ann)

        tom.get_by_role("link", name="Public pool").click()
        look(tom)
        tom.get_by_role("button", name="Claim").click()
        expect(tom.get_by_role("main")).to_contain_text("Yours now")
        tom.get_by_role("link", name="Fjord Marine").click()
        expect(tom.get_by_role("main")).to_contain_text("Tom Becker")
        look(tom)

    @pytest.mark.shows("PP4", "PP8")
    def test_gives_back_what_a_wrong_rule_took(self, house, visitor):
        with house.inside():
            list(sweep_actions.sweep("crm.reclaim_customer"))
        boss = house.enter(visitor(), "owner")
        boss.get_by_role("link", name="Public pool").click()
        boss.get_by_role("link", name="Rules", exact=True).click()
        boss.get_by_role("link", name="What the rules have returned").click()
        look(boss)
        boss.get_by_role("row").filter(has_text="No contact").get_by_role("link").first.click()
        expect(boss.get_by_role("main")).to_contain_text("Fjord Marine")
        boss.get_by_role("textbox", name="Why?").fill("The holidays were missing from the rules.")
        look(boss)
        boss.get_by_role("button", name="Give them back").click()
        expect(boss.get_by_role("main")).to_contain_text("Being given back")
        house.work()
        expect(boss.get_by_role("main")).to_contain_text("The holidays were missing from the rules.")
        look(boss)
        ann = house.enter(visitor(), "agent")
        ann.get_by_role("link", name="Notifications").click()
        expect(ann.get_by_role("main")).to_contain_text("Fjord Marine is yours again")

    @pytest.mark.shows("PP3", "PP6")
    def test_tells_the_slower_of_two_who_was_faster(self, house, visitor):
        with house.inside():
            make_account(None, by=scope.SYSTEM, name="Harbour Cranes")
        bo, tom = house.enter(visitor(), "manager"), house.enter(visitor(), "other agent")
        for page in (bo, tom):
            page.get_by_role("link", name="Public pool").click()
            expect(page.get_by_role("link", name="Harbour Cranes")).to_be_visible()
        bo.get_by_role("button", name="Claim").click()
        expect(bo.get_by_role("main")).to_contain_text("Yours now")
        tom.get_by_role("button", name="Claim").click()
        expect(tom.get_by_role("status")).to_contain_text("Bo Lind claimed it")
        row = tom.get_by_role("row").filter(has_text="Harbour Cranes")
        expect(row).to_contain_text("Bo Lind claimed it")
        expect(tom.get_by_role("button", name="Claim")).to_have_count(0)
        expect(tom.locator("#pool-note")).to_contain_text("0 customers are free")
        look(tom)

    @pytest.mark.shows("PP2", "PP6")
    def test_promises_something_and_all_see_who_took_what(self, house, visitor):
        with house.inside():
            for name in ("Harbour Cranes", "Sound Ferries", "Belt Pilots"):
                make_account(None, by=scope.SYSTEM, name=name)
        ann, boss = house.enter(visitor(), "agent"), house.enter(visitor(), "owner")
        ann.get_by_role("link", name="Public pool").click()
        ann.get_by_role("link", name="Harbour Cranes").click()
        ann.get_by_role("link", name="Claim").click()
        look(ann)
        ann.get_by_label("What do you do next?").fill("Send samples")
        ann.get_by_label("Until when?").fill((clock.now() + timedelta(days=2)).date().isoformat())
        ann.get_by_role("button", name="Claim").click()
        expect(ann.get_by_role("main")).to_contain_text("Promised: Send samples")
        look(ann)

        boss.get_by_role("link", name="Public pool").click()
        boss.get_by_label("Choose all shown").check()
        boss.get_by_role("button", name="Assign").click()
        look(boss)
        boss.get_by_label("Tom Becker").check()
        boss.get_by_role("main").get_by_role("button", name="Assign").click()
        expect(boss.get_by_role("main")).to_contain_text("Tom Becker")
        look(boss)
        boss.get_by_role("link", name="Public pool").first.click()
        boss.get_by_role("link", name="Ledger").click()
        expect(boss.get_by_role("main")).to_contain_text("Assigned from the pool")
        look(boss)
        boss.get_by_role("link", name="Settings").click()
        boss.get_by_role("main").page.get_by_role("link", name="Public pool").last.click()
        look(boss)
        boss.get_by_role("link", name="Main pool").click()
        boss.get_by_role("button", name="What would have happened?").click()
        expect(boss.get_by_role("main")).to_contain_text("in the last 90 days")
        look(boss)
