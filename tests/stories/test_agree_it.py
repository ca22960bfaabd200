"""What was accepted becomes a contract that is signed and renewed; what a colleague spent on it is paid back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from saas.crm.quotes import actions as quotes
from saas.db import db
from tests.factories import make_account, make_contact, make_quote
from tests.stories.conftest import look


@pytest.mark.browser
class TestAgree:
    @pytest.mark.shows("PR3")
    def test_from_the_quote_to_the_renewal(self, house, visitor, language, say):
        with house.inside():
            ann = house.member("agent")
            elbe = make_account(ann, name="Elbe Systems")
            make_contact(elbe, name="Eva Lind", email="eva@elbe.example")
            quote = make_quote(
                ann, elbe, {"text": "Care", "price": "100"}, name="Care of the cranes", language=language
            )
            quotes.send_quote(quote, to="eva@elbe.example", words="", by=ann)
            quotes.accept_quote(quote.id, name="Eva Lind")
            db.session.flush()
            quote_id, account_id = quote.id, elbe.id
        page = house.enter(visitor(), "agent")
        main = page.get_by_role("main")
        page.goto(f"/{house.slug}/quotes/{quote_id}")
        main.get_by_role("button", name=say("Make the contract")).click()
        expect(page.locator(".sums")).to_contain_text("100.00")
        look(page)
        main.get_by_role("link", name=say("Edit"), exact=True).click()
        expect(page.locator("[name=remind_days]")).to_have_value("90, 60, 30")
        page.locator("[name=every]").select_option("month")
        page.locator("[name=terms]").fill("Within a day")
        look(page)
        main.get_by_role("button", name=say("Save"), exact=True).click()
        expect(main).to_contain_text("Within a day")
        main.get_by_role("link", name=say("Signed"), exact=True).click()
        look(page)
        main.get_by_role("button", name=say("It is signed")).click()
        expect(page.locator(".head .chip-good")).to_be_visible()
        main.locator("summary", has_text=say("Add a milestone")).click()
        page.locator("[name=name]").fill("Kick-off")
        page.locator("[name=due_on]").fill("2099-01-31")
        page.locator("[name=amount]").fill("50")
        look(page)
        main.get_by_role("button", name=say("Add"), exact=True).click()
        expect(main.locator(".lines")).to_contain_text(["Kick-off"])
        look(page)
        main.get_by_role("link", name=say("Renew"), exact=True).click()
        page.locator("[name=percent]").fill("3")
        look(page)
        main.get_by_role("button", name=say("Renew"), exact=True).click()
        expect(page.locator(".sums")).to_contain_text("103.00")
        look(page)
        page.goto(f"/{house.slug}/contracts/")
        expect(page.locator("table.rows tbody tr")).to_have_count(2)
        look(page)
        page.goto(f"/{house.slug}/customers/{account_id}")
        expect(page.locator(".lines", has_text="Care of the cranes").first).to_be_visible()

    @pytest.mark.shows("PR11")
    def test_from_the_receipt_to_the_money(self, house, visitor, say, tmp_path):
        receipt = tmp_path / "taxi.pdf"
        receipt.write_bytes(b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF")
        page, boss = house.enter(visitor(), "agent"), house.enter(visitor(), "manager")
        main = page.get_by_role("main")
        page.goto(f"/{house.slug}/expenses/")
        look(page)
        main.get_by_role("link", name=say("New expense")).click()
        page.locator("[name=amount]").fill("23.40")
        page.locator("[name=category]").select_option("travel")
        page.locator("[name=receipt]").set_input_files(receipt)
        look(page)
        main.get_by_role("button", name=say("Write it down")).click()
        expect(main).to_contain_text("taxi.pdf")
        look(page)
        main.get_by_role("button", name=say("Hand in")).click()
        expect(page.locator(".head .chip-sea")).to_be_visible()
        theirs = boss.get_by_role("main")
        boss.goto(page.url)
        look(boss)
        theirs.get_by_role("button", name=say("Send back")).click()
        expect(theirs).to_contain_text(say("Say what is missing."))
        look(boss)
        theirs.get_by_role("button", name=say("Approve")).click()
        theirs.get_by_role("link", name=say("Paid"), exact=True).click()
        look(boss)
        theirs.get_by_role("button", name=say("It is paid")).click()
        expect(boss.locator(".trail")).to_contain_text("23.40")
        boss.goto(f"/{house.slug}/expenses/by/person")
        expect(boss.locator("table.rows")).to_contain_text("23.40")
        look(boss)
