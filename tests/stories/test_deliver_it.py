"""What was accepted is ordered, confirmed, changed, delivered in parts and taken back; the portal shows it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from saas import mail
from saas.crm.quotes import actions as quotes
from tests.factories import PASSWORD as PORTAL_PASSWORD
from tests.factories import (
    make_account,
    make_contact,
    make_opportunity,
    make_portal_user,
    make_quote,
    stocked,
)
from tests.stories.conftest import look, sign_in

ROWS = (
    {"product": "Rope", "text": "Rope", "quantity": "10", "price": "5"},
    {"text": "Setting up", "quantity": "1", "price": "80"},
)


@pytest.fixture
def accepted(house, language):
    """The id of a quote that Eva, who has a way into the portal, has accepted, of a deal; and her mail address."""
    with house.inside():
        ann = house.member("agent")
        elbe = make_account(ann, name="Elbe Systems")
        eva = make_contact(
            elbe, name="Eva Lind", email="eva@elbe.example", language="中文" if language == "zh" else None
        )
        person = make_portal_user(eva)
        stocked(6, name="Rope", is_stocked=True)
        deal = make_opportunity(elbe, ann, name="Ropes")
        quote = make_quote(ann, elbe, *ROWS, name="Ten ropes", language=language)
        quote.opportunity_id, quote.contact_id = deal.id, eva.id
        quotes.send_quote(quote, to="eva@elbe.example", words="", by=ann)
        quotes.accept_quote(quote.id, name="Eva Lind")
        found = quote.id, person.email
    return found


@pytest.mark.browser
class TestDeliver:
    @pytest.mark.shows("PR4", "PR5")
    def test_from_the_quote_to_the_return(self, house, visitor, accepted, say, monkeypatch):
        posted: list[tuple[str, list[str]]] = []
        monkeypatch.setattr(
            mail, "send", lambda to, words, **more: posted.append((to, [e.name for e in more["enclosed"]]))
        )
        quote_id, email = accepted
        page = house.enter(visitor(), "agent")
        page.goto(f"/{house.slug}/quotes/{quote_id}")
        look(page)
        page.get_by_role("button", name=say("Make the order")).click()
        main = page.get_by_role("main")
        expect(page.locator(".sums")).to_contain_text("130.00")
        order = page.url
        look(page)
        main.get_by_role("link", name=say("Confirm"), exact=True).click()
        expect(page.locator("[name=to]")).to_have_value("eva@elbe.example")
        look(page)
        main.get_by_role("button", name=say("Confirm"), exact=True).click()
        expect(page.locator(".summary")).to_be_visible()
        page.locator("[name=later]").check()
        main.get_by_role("button", name=say("Confirm"), exact=True).click()
        expect(main).to_contain_text(say("Not in stock"))
        main.get_by_role("link", name=say("Edit"), exact=True).click()
        page.locator("[name=r1-price]").fill("90")
        look(page)
        main.get_by_role("button", name=say("Save"), exact=True).click()
        expect(page.locator(".trail")).to_contain_text(say("price"))
        expect(page.locator(".sums")).to_contain_text("140.00")
        main.get_by_role("link", name=say("Deliver"), exact=True).click()
        page.locator("[name=tracking]").fill("DHL 0034")
        look(page)
        main.get_by_role("button", name=say("Write the delivery note")).click()
        expect(page.locator(".trail")).to_contain_text("DHL 0034")
        main.get_by_role("link", name=say("Return"), exact=True).click()
        page.locator(".grid-cell").first.fill("2")
        page.locator("[name=reason]").fill("Too short")
        look(page)
        main.get_by_role("button", name=say("Write the return note")).click()
        expect(page.locator(".trail")).to_contain_text("Too short")
        look(page)
        house.work()
        assert [to for to, _names in posted] == ["eva@elbe.example"]  # the last edition alone: none had gone before
        main.get_by_role("link", name="RN-").first.click()
        look(page)
        main.get_by_role("link", name=say("Undo it")).click()
        look(page)
        page.locator("[name=reason]").fill("Counted wrong")
        main.get_by_role("button", name=say("Write the counter-note")).click()
        expect(main).to_contain_text(say("Undone"))
        page.goto(f"/{house.slug}/orders/")
        look(page)
        page.goto(f"/{house.slug}/deliveries/")
        expect(main).to_contain_text("Rope")
        look(page)
        page.goto(f"{order.split('?')[0]}/cancel")
        look(page)
        page.goto(f"/{house.slug}/sales/")
        look(page)
        page.get_by_role("link", name=say("By customer")).click()
        look(page)
        page.get_by_role("link", name="Elbe Systems").click()
        page.locator("table.rows").get_by_role("link", name="Elbe Systems").first.click()
        page.get_by_text(say("Transaction history"), exact=True).click()
        expect(page.get_by_role("main")).to_contain_text("Setting up")
        look(page)

        eva = visitor()
        eva.goto(f"/{house.slug}/portal/sign-in")
        sign_in(eva, email, PORTAL_PASSWORD)
        look(eva)
        eva.locator(".door[href*=orders]").click()
        look(eva)
        eva.get_by_role("link", name="Ten ropes").click()
        expect(eva.get_by_role("main")).to_contain_text("DHL 0034")
        look(eva)
        with eva.expect_download() as got:
            eva.locator("a[href$='/pdf']").last.click()
        assert got.value.suggested_filename.endswith(".pdf")
