"""A deal is offered: a quote is written in the grid, goes out by mail, and the customer takes it without signing in."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from saas import mail
from saas.crm.quotes import actions
from saas.crm.quotes.models import Quote
from saas.db import db
from tests.factories import make_account, make_contact, make_opportunity, make_product
from tests.stories.conftest import House, look


def link_of(house: House, number: str) -> str:
    """What stands in the customer's mail."""
    with house.inside():
        quote = db.session.query(Quote).filter(Quote.number == number).one()
        return f"/{house.slug}/offer/{actions.secret_of(quote)}"


@pytest.mark.browser
class TestOffer:
    @pytest.mark.shows("OP10", "PR1", "PR2")
    def test_is_written_sent_and_taken(self, house, visitor, language, say, monkeypatch):
        posted: list[tuple[str, str, list[str]]] = []
        monkeypatch.setattr(
            mail, "send", lambda to, words, **more: posted.append((to, words.text, [e.name for e in more["enclosed"]]))
        )
        with house.inside():
            ann = house.member("agent")
            elbe = make_account(ann, name="Elbe Systems")
            make_contact(elbe, name="Eva Lind", email="eva@elbe.example", language="中文" if language == "zh" else None)
            deal = make_opportunity(elbe, ann, name="Two cranes").id
            make_product(ann, name="Crane", price="1200.50", currency="EUR", unit="piece")
        page = house.enter(visitor(), "agent")
        page.goto(f"/{house.slug}/deals/{deal}")
        page.get_by_role("link", name=say("New quote")).click()
        page.locator("[name=contact_id]").select_option(label="Eva Lind")
        page.locator("[name=language]").select_option(language)
        page.locator("[name=r0-product]").fill("Crane")
        page.locator("[name=r0-quantity]").fill("2")
        page.keyboard.press("Tab")
        expect(page.locator("[name=r0-price]")).to_have_value("1200.5")
        page.locator("[name=r1-kind]").select_option("option")
        page.locator("[name=r1-text]").fill("Paint")
        page.locator("[name=r1-price]").fill("99")
        page.keyboard.press("Tab")
        expect(page.locator("[data-line-sums]")).to_contain_text("2,401.00")
        look(page)
        page.get_by_role("button", name=say("Write quote")).click()
        expect(page.locator(".sums")).to_contain_text("2,401.00")
        number = page.locator(".head").inner_text().split("Q-")[1].split()[0]
        look(page)
        page.get_by_role("main").get_by_role("link", name=say("Send"), exact=True).click()
        expect(page.locator("[name=to]")).to_have_value("eva@elbe.example")
        look(page)
        page.get_by_role("main").get_by_role("button", name=say("Send"), exact=True).click()
        expect(page.locator(".trail")).to_contain_text("eva@elbe.example")
        house.work()
        [(to, text, enclosed)] = posted
        link = link_of(house, f"Q-{number}")
        assert (to, enclosed) == ("eva@elbe.example", [f"Q-{number}.pdf"])
        assert link in text

        customer = visitor()
        customer.goto(link)
        look(customer)
        customer.locator("[name=option]").check()
        customer.locator("#accept [name=name]").fill("Eva Lind")
        customer.locator("#accept [name=agrees]").check()
        customer.locator("#accept").get_by_role("button", name=say("Accept"), exact=True).click()
        expect(customer.locator(".offer")).to_contain_text(say("Accepted by %(name)s. Thank you!", name="Eva Lind"))
        expect(customer.locator(".sums")).to_contain_text("2,500.00")
        look(customer)
        page.reload()
        expect(page.locator(".trail")).to_contain_text(
            say(
                "%(name)s accepted the quote %(number)s: %(total)s",
                name="Eva Lind",
                number=f"Q-{number}",
                total="€2,500.00",
            )
        )
        look(page)
        page.get_by_role("link", name=say("Quotes"), exact=True).first.click()
        expect(page.locator("table.rows")).to_contain_text("Two cranes")
        look(page)
