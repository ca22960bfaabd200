"""A workspace asks for more than our fields: an owner makes some, an agent fills them in, lists find by them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from saas.db import db
from saas.tenants.models import User
from tests.stories.conftest import look


def add_field(page: Page, name: str, kind: str, choices: str = "") -> None:
    """A field made on the settings page that is open."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("What it holds").select_option(kind)
    if choices:
        page.get_by_label("Choices").fill(choices)
    page.get_by_role("button", name="Add field").click()
    expect(page.locator(".word-lines")).to_contain_text(name)


@pytest.mark.browser
class TestFields:
    @pytest.mark.shows("CB2")
    def test_are_made_filled_in_shown_and_found_by(self, house, visitor):
        page = house.enter(visitor())
        page.goto(f"/{house.slug}/settings/fields")
        look(page)
        page.get_by_role("button", name="Add these fields").click()
        expect(page.locator(".word-lines li")).to_have_count(7)
        expect(page.get_by_label("Choices")).to_be_hidden()
        add_field(page, "Colour", "choice", "Teal\nCoral\n")
        add_field(page, "Deposit", "money")
        look(page)

        page.goto(f"/{house.slug}/customers/new")
        expect(page.get_by_label("Gender")).to_be_hidden()
        page.get_by_label("Name", exact=True).fill("Jo Sand")
        page.get_by_label("Kind").select_option("person")
        page.get_by_label("Gender").select_option("Female")
        page.get_by_label("Birthday").fill("1986-03-04")
        page.get_by_label("Evenings").check()
        page.get_by_label("Colour").select_option("Coral")
        page.get_by_label("Deposit").fill("lots")
        look(page)
        page.get_by_role("button", name="Add customer").click()
        expect(page.locator("main")).to_contain_text("This isn't a number.")
        expect(page.get_by_label("Colour").locator("option:checked")).to_have_text("Coral")
        expect(page.get_by_label("Evenings")).to_be_checked()
        look(page)
        page.get_by_label("Deposit").fill("1,300")
        page.get_by_role("button", name="Add customer").click()
        expect(page.get_by_role("heading", name="Jo Sand")).to_be_visible()
        details = page.locator(".card", has_text="Further details")
        for said in ("Female", "4 Mar 1986 (", "Evenings", "Coral", "€1,300.00"):
            expect(details).to_contain_text(said)
        look(page)

        page.goto(f"/{house.slug}/customers/")
        page.get_by_role("button", name="Filter").click()
        page.locator(".menu:popover-open").get_by_role("link", name="Deposit").click()
        page.get_by_role("button", name="Deposit").click()
        page.get_by_label(re.compile("Deposit.*From")).fill("1000..2000")
        look(page)
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.locator("tbody a.name")).to_have_text(["Jo Sand"])
        expect(page.locator(".pill.is-on")).to_contain_text("1000..2000")
        look(page)

    @pytest.mark.shows("CB2")
    def test_are_named_anew_put_away_and_brought_back_in_chinese(self, house, visitor):
        with house.inside():
            email = house.people["owner"]
        with house.service.app.app_context():
            db.session.query(User).filter_by(email=email).one().locale = "zh"
            db.session.commit()
        page = house.enter(visitor())
        page.goto(f"/{house.slug}/settings/fields")
        page.get_by_role("button", name="添加这些字段").click()
        expect(page.locator(".word-lines")).to_contain_text("期望送货时间")
        look(page)
        page.get_by_role("link", name="性别").click()
        look(page)
        page.get_by_label("名称", exact=True).fill("称呼")
        page.get_by_role("button", name="保存").click()
        expect(page.locator(".word-lines")).to_contain_text("称呼")
        page.get_by_role("button", name="归档称呼").click()
        expect(page.locator(".word-lines li", has_text="称呼")).to_contain_text("已归档")
        page.get_by_role("button", name="恢复称呼").click()
        expect(page.locator(".word-lines li", has_text="称呼")).not_to_contain_text("已归档")
        page.goto(f"/{house.slug}/customers/new")
        page.get_by_label("类型", exact=True).select_option("person")
        expect(page.get_by_label("称呼")).to_be_visible()
        look(page)
