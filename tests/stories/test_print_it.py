"""A month goes on paper: looked at on screen, made as PDF by a worker, kept, mailed; and a complaint printed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from saas import machine
from tests.factories import make_account, make_case, make_opportunity
from tests.stories.conftest import House, look, work_until

pytestmark = pytest.mark.skipif(
    bool(machine.missing_for_pdf()), reason="this machine lacks what PDFs need; see saas doctor"
)


@pytest.fixture
def busy(house):
    """A workspace with a customer, a deal and a complaint."""
    with house.inside():
        ann = house.member("agent")
        elbe = make_account(ann, by=ann, name="易北系统有限公司")
        make_opportunity(elbe, ann, name="Two cranes", amount=Decimal(42000))
        make_case(elbe, subject="The crane squeaks")
    return house


def paper(house: House, page: Page, link: str) -> bytes:
    """The PDF that the page is waiting for."""
    wanted = page.get_by_role("main").get_by_role("link", name=link)
    work_until(house, page, wanted)
    with page.expect_download() as coming:
        wanted.first.click()
    return Path(coming.value.path()).read_bytes()


@pytest.mark.browser
class TestPrinting:
    @pytest.mark.shows("RP9", "RP1", "RP3")
    def test_a_month_is_seen_made_and_kept(self, busy, visitor):
        page = busy.enter(visitor())
        page.get_by_role("link", name="Reports").click()
        look(page)
        page.locator(".month-links").get_by_role("link").first.click()
        expect(page.get_by_role("main")).to_contain_text("€42,000")
        look(page)
        page.get_by_role("button", name="Make the PDF").click()
        assert paper(busy, page, "Download").startswith(b"%PDF")
        page.get_by_role("link", name="Reports").first.click()
        expect(page.get_by_role("main")).to_contain_text("Kept as PDF")
        look(page)

    @pytest.mark.shows("RP9", "SV1")
    def test_a_complaint_goes_on_paper(self, busy, visitor):
        page = busy.enter(visitor(), "manager")
        page.get_by_role("link", name="Cases").first.click()
        page.get_by_role("button", name="Make a PDF").click()
        assert paper(busy, page, "Download").startswith(b"%PDF")
        look(page)
