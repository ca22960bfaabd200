"""What was accepted is billed: an invoice gets its number, is paid in part, and some of it is taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from saas import mail
from saas.crm.quotes import actions as quotes
from saas.crm.receivables import actions as invoices
from saas.db import db
from tests.factories import make_account, make_contact, make_invoice, make_quote
from tests.stories.conftest import look


@pytest.mark.browser
class TestBill:
    @pytest.mark.shows("PR7")
    def test_from_the_quote_to_the_last_cent(self, house, visitor, language, say, monkeypatch):
        posted: list[tuple[str, list[str]]] = []
        monkeypatch.setattr(
            mail, "send", lambda to, words, **more: posted.append((to, [one.name for one in more["enclosed"]]))
        )
        with house.inside():
            boss = house.member("manager")
            elbe = make_account(boss, name="Elbe Systems", email="office@elbe.example")
            make_contact(elbe, name="Eva Lind", email="eva@elbe.example")
            late = invoices.issue_invoice(make_invoice(boss, elbe, name="Ropes of last year", days=0), by=boss)
            late.due_on = late.due_on.replace(year=late.due_on.year - 1)
            rows = ({"text": "Crane", "quantity": "2", "price": "1200.50"}, {"text": "Set up", "price": "99"})
            quote = make_quote(boss, elbe, *rows, name="Two cranes", language=language)
            quotes.send_quote(quote, to="eva@elbe.example", words="", by=boss)
            quotes.accept_quote(quote.id, name="Eva Lind")
            db.session.flush()
            quote_id, account_id = quote.id, elbe.id
        page = house.enter(visitor(), "manager")
        main = page.get_by_role("main")
        page.goto(f"/{house.slug}/quotes/{quote_id}")
        main.get_by_role("button", name=say("Make the invoice")).click()
        expect(page.locator(".sums")).to_contain_text("2,500.00")
        look(page)
        main.get_by_role("link", name=say("Issue"), exact=True).click()
        expect(page.locator("[name=to]")).to_have_value("office@elbe.example")
        look(page)
        main.get_by_role("button", name=say("Issue"), exact=True).click()
        expect(page.locator(".trail")).to_contain_text("office@elbe.example")
        house.work()
        [(_to, [enclosed])] = [one for one in posted if one[0] == "office@elbe.example"]
        assert enclosed.startswith("INV-")
        main.get_by_role("link", name=say("Note a payment")).click()
        expect(page.locator("[name=amount]")).to_have_value("2500")
        look(page)
        page.locator("[name=amount]").fill("1000")
        page.locator(".quantities tr", has_text=enclosed.removesuffix(".pdf")).locator("input").fill("1001")
        main.get_by_role("button", name=say("Note the payment")).click()
        expect(page.locator(".grid-hint").filter(has_text="€1,000.00")).to_be_visible()
        look(page)
        page.locator(".quantities tr", has_text=enclosed.removesuffix(".pdf")).locator("input").fill("1000")
        main.get_by_role("button", name=say("Note the payment")).click()
        expect(page.locator(".lines")).to_contain_text("€1,000.00")
        look(page)
        page.get_by_role("link", name="Two cranes").click()
        main.locator("[data-menu]").first.click()
        main.get_by_role("link", name=say("Take some or all of it back")).click()
        page.locator(".quantities input").first.fill("1")
        page.locator("[name=reason]").fill("One came broken")
        page.locator("[name=to]").fill("")
        look(page)
        main.get_by_role("button", name=say("Issue the credit note")).click()
        expect(page.locator(".sums")).to_contain_text("1,299.50")
        look(page)
        page.get_by_role("link", name=enclosed.removesuffix(".pdf")).click()
        expect(page.locator(".facts").first).to_contain_text("€200.50")
        look(page)
        page.goto(f"/{house.slug}/invoices/")
        expect(page.locator("table.rows tr", has_text="Ropes of last year").locator(".chip-wrong")).to_be_visible()
        look(page)
        page.goto(f"/{house.slug}/payments/")
        look(page)
        page.goto(f"/{house.slug}/ageing/")
        expect(page.locator("table.rows").first).to_contain_text("€2,401.00")
        look(page)
        statement = f"Day;Amount;Text\n2026-05-04;200.50;{enclosed.removesuffix('.pdf')}\n2026-05-05;12;Interest\n"
        page.goto(f"/{house.slug}/bank/")
        page.locator("[name=file]").set_input_files(
            {"name": "may.csv", "mimeType": "text/csv", "buffer": statement.encode()}
        )
        main.get_by_role("button", name=say("Bring it in")).click()
        look(page)
        main.get_by_role("button", name=say("Read the statement")).click()
        expect(page.locator("table.rows")).to_contain_text(say("its number stands in the text"))
        look(page)
        main.get_by_role("button", name=say("Book the chosen")).click()
        expect(page.locator("table.rows")).to_contain_text("Interest")
        look(page)
        page.goto(f"/{house.slug}/account-statements/of/{account_id}")
        expect(page.locator("table.rows")).to_contain_text("€2,401.00")
        look(page)
        page.goto(f"/{house.slug}/customers/{account_id}")
        expect(page.locator(".owed")).to_contain_text("€2,401.00")
        look(page)
