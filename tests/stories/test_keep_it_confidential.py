"""What not everybody should read is written once, shown covered, and each look at it is told."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.factories import make_account
from tests.stories.conftest import look

IBAN = "DE89 3704 0044 0532 0130 42"


@pytest.mark.browser
class TestConfidential:
    @pytest.mark.shows("CB23")
    def test_is_written_covered_and_looked_at(self, house, visitor):
        with house.inside():
            elbe = make_account(house.member("agent"), name="Elbe Systems")
        page = house.enter(visitor())
        page.goto(f"/{house.slug}/customers/{elbe.id}")
        card = page.get_by_role("region", name="Confidential")
        card.get_by_role("link", name="Edit").click()
        page.get_by_label("Bank account").fill(IBAN)
        look(page)
        page.get_by_role("button", name="Save").click()
        expect(card).to_contain_text("•••• 42")
        expect(page.get_by_role("main")).not_to_contain_text(IBAN)
        look(page)
        card.get_by_role("button", name="Show").click()
        expect(card).to_contain_text(IBAN)
        page.reload()
        expect(card).to_contain_text("•••• 42")
        expect(page.get_by_role("main")).to_contain_text("looked at a confidential detail: Bank account")
