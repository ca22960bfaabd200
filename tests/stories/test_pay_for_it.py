"""The owner rents seats: he pays on Stripe's page, invites beyond them at a price he sees, and manages his cards."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from saas import clock
from tests.stories.conftest import look
from tests.stripe_double import SECRET, Stripe


@pytest.fixture
def stripe(service, monkeypatch):
    """A fresh account at Stripe that calls the service back; the service has its key."""
    with Stripe(now=lambda: clock.now().timestamp()) as account:
        account.webhook_url = f"{service.address}/_stripe/webhook"
        settings = replace(
            service.app.extensions["config"],
            stripe_api_key="sk_test_double",
            stripe_api_base=account.url,
            stripe_webhook_secrets=(SECRET,),
        )
        monkeypatch.setitem(service.app.extensions, "config", settings)
        yield account


@pytest.mark.browser
class TestPaying:
    @pytest.mark.shows("BI1", "BI2", "BI5")
    def test_rents_seats_and_one_more_with_an_invitation(self, house, visitor, stripe):
        page = house.enter(visitor())
        page.get_by_role("link", name="Settings").click()
        page.get_by_role("link", name="Plan and seats").click()
        expect(page.get_by_role("main")).to_contain_text("Trial")
        look(page)
        page.get_by_label("Seats").fill("4")
        page.get_by_role("button", name="Go on to payment").click()
        page.get_by_role("button", name="Pay").click()
        expect(page).to_have_url(re.compile(f"/{house.slug}/settings/billing"))
        house.work()
        page.goto(f"/{house.slug}/settings/billing")
        expect(page.get_by_role("main")).to_contain_text("4 of 4")
        look(page)

        page.get_by_role("link", name="Members").click()
        page.get_by_role("link", name="Invite").click()
        page.get_by_label("Name").fill("Priya Nair")
        page.get_by_label("Mail address").fill("priya@example.com")
        page.get_by_role("button", name="Send the invitation").click()
        expect(page.get_by_role("main")).to_contain_text("5 seats cost €95.00 a month.")
        look(page)
        page.get_by_label("Yes, take one more seat").check()
        page.get_by_role("button", name="Send the invitation").click()
        expect(page.get_by_role("status")).to_contain_text("An invitation is on its way")
        house.work()
        page.goto(f"/{house.slug}/settings/billing")
        expect(page.get_by_role("main")).to_contain_text("4 of 5")
        page.get_by_role("button", name="Cards, bills, cancelling").click()
        expect(page.get_by_role("heading", name="Stripe's double")).to_be_visible()
        page.get_by_role("link", name="Back").click()
        expect(page.get_by_role("heading", name="Plan and seats")).to_be_visible()

    @pytest.mark.shows("BI2")
    def test_says_trial_where_no_key_is_set(self, house, visitor):
        page = house.enter(visitor())
        page.get_by_role("link", name="Settings").click()
        page.get_by_role("link", name="Plan and seats").click()
        expect(page.get_by_role("main")).to_contain_text("This service runs in trial")
        expect(page.get_by_role("button", name="Go on to payment")).to_have_count(0)
