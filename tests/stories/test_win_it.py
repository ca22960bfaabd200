"""From a pipeline of one's own to a deal that is lost, opened again and won, without a barrier in either language."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from saas.crm.opportunities import pipeline, play_queries, rival_actions
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.db import db
from tests.factories import make_account, make_contact, make_opportunity, make_product
from tests.stories.conftest import look


@pytest.mark.browser
class TestDeals:
    @pytest.mark.shows("OP4", "OP6", "OP9", "OP11")
    def test_go_their_own_way_from_first_rule_to_the_sale(self, house, visitor):
        with house.inside():
            acme = make_account(house.member("agent"), name="Elbe Systems")
            make_contact(acme, name="Kim Berg")
            make_product(name="Crane")
            pipeline.stages()
        page = house.enter(visitor())
        main, toasts = page.get_by_role("main"), page.locator("#toasts")

        page.goto(f"/{house.slug}/settings/stages")
        main.get_by_role("link", name="Add pipeline").click()
        main.get_by_label("Name").fill("Renewals")
        look(page)
        main.get_by_role("button", name="Add pipeline").click()
        expect(toasts).to_contain_text("“Renewals” is there")
        look(page)
        main.get_by_role("link", name="Prospecting", exact=True).click()
        main.get_by_label("At most so many open deals").fill("1")
        main.get_by_label("Amount").check()
        main.get_by_label("A competitor is named").check()
        look(page)
        main.get_by_role("button", name="Save").click()
        main.get_by_role("link", name="What is done in Prospecting").click()
        main.get_by_label("What is to be done?").fill("Look at the contract")
        look(page)
        main.get_by_role("button", name="Add step").click()
        expect(main.locator("ol.play-lines > li")).to_have_count(3)

        page.get_by_role("link", name="Deals", exact=True).first.click()
        main.get_by_role("button", name="Sales").click()
        page.locator(".menu:popover-open").get_by_text("Renewals").click()
        main.get_by_role("link", name="Open the first deal").click()
        main.get_by_label("What is it about?").fill("Yearly contract")
        main.get_by_label("Customer").fill("Elbe Systems")
        look(page)
        main.get_by_role("button", name="Open deal").click()
        expect(main).to_contain_text("Find out who decides")
        look(page)

        main.get_by_role("button", name="Needs known").click()
        expect(main).to_contain_text("it needs the amount and a competitor")
        look(page)
        main.get_by_label("Amount").fill("1200")
        main.get_by_label("Which competitor?").fill("Nordwind")
        main.get_by_role("button", name="Go on").click()
        expect(toasts).to_contain_text("Moved to Renewals: Needs known")

        main.get_by_role("link", name="Lost", exact=True).click()
        main.get_by_label("Why was it lost?").select_option(label="Price")
        main.get_by_label("Who won it?").select_option(label="Nordwind")
        look(page)
        main.get_by_role("button", name="Mark as lost").click()
        expect(main.locator(".head .ending-lost")).to_have_text("Lost")
        main.get_by_role("link", name="Reopen").click()
        main.get_by_label("Why is it open again?").fill("They called again")
        look(page)
        main.get_by_role("button", name="Open again").click()
        main.get_by_role("link", name="Won", exact=True).click()
        main.get_by_role("button", name="Mark as won").click()
        expect(main.locator(".head .ending-won")).to_have_text("Won")
        expect(main).to_contain_text("1 time")

    @pytest.mark.shows("OP14", "OP6")
    def test_are_told_in_both_languages(self, house, visitor, language):
        with house.inside():
            boss = house.member("owner")
            acme, crane = make_account(boss, name="Elbe"), make_product(name="Crane")
            deal = make_opportunity(acme, boss, name="Crane", amount=Decimal(5), product_id=crane.id)
            entry = rival_actions.name(deal, "Nordwind", {"price": Decimal(4), "strengths": "Closer"}, by=boss)
            first = pipeline.stages()[0]
            step = play_queries.play(first.id)[0]
            db.session.flush()
            here, settings = f"/{house.slug}/deals", f"/{house.slug}/settings"
            pages = [
                *(f"{here}/{one}" for one in ("", "pace", "rivals", f"rivals/{entry.rival_id}", "rivals/new")),
                *(f"{here}/{deal.id}/{one}" for one in ("rivals/new", f"rivals/{entry.id}", "close?result=lost")),
                f"{here}/list?stuck=yes&slipped=yes&columns=name,stage,pipeline,result,slips,loss",
                f"{settings}/stages/{first.id}/play/{step.id}",
                f"{settings}/pipelines/{pipelines.pipelines()[0].id}",
                f"{settings}/words/loss",
            ]
        page = house.enter(visitor())
        for path in pages:
            page.goto(path)
            expect(page.locator("html")).to_have_attribute("lang", re.compile(f"^{language}"))
            look(page)
