"""Lists on paper, and counted in groups: what the reader's list holds, no more."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest

from saas import clock, machine
from saas.crm.reports import actions, sheets
from saas.crm.reports.models import Report
from saas.db import db
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.permissions import Permission
from tests.crm.reports.months_of import reports_of, text_of, work
from tests.factories import (
    make_account,
    make_activity,
    make_agent,
    make_contact,
    make_cooperation,
    make_lead,
    make_opportunity,
    make_product,
    make_tenant,
    sign_in,
)
from tests.pages import words

needs_pdf = pytest.mark.skipif(
    bool(machine.missing_for_pdf()), reason="this machine lacks what PDFs need; see saas doctor"
)


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant(name="Quay")


def fill(here, owner) -> None:
    """One of everything that lists show."""
    with scope.enter(here.id):
        account = make_account(owner, name="Nordlicht & Co", city="Kiel", level="A", employees=40)
        make_account(make_agent(name="Tom"), name="Baltic", city="Kiel", level="B", employees=2)
        make_contact(account, name="Jana Kröger", phone="+49 40 5550182")
        make_opportunity(account, name="Two cranes", amount=Decimal(1300), owner=owner)
        make_lead(owner, name="A lead")
        make_product(name="A crane")
        make_cooperation(owner, subject="A stand at the fair")
        make_activity(owner, subject="Call them back", starts_at=clock.now())  # today, however late it is
        db.session.commit()


HELD = {
    "customers": "Nordlicht & Co",
    "contacts": "Jana Kröger",
    "phone-book": "+49 40 5550182",
    "deals": "Two cranes",
    "leads": "A lead",
    "products": "A crane",
    "cooperation": "A stand at the fair",
    "activities": "Call them back",
}


@pytest.mark.shows("CB7")
class TestPaper:
    @pytest.mark.parametrize("key", [one.key for one in sheets.SOURCES])
    def test_shows_each_list_as_words(self, here, client, key):
        fill(here, sign_in(client, here))
        said = words(client.get(f"/{here.slug}/printed/{key}").get_data(as_text=True)).replace("&amp;", "&")
        assert HELD[key] in said
        assert "<span" not in said

    def test_holds_what_the_address_asks_for(self, here, client):
        fill(here, sign_in(client, here))
        page = words(client.get(f"/{here.slug}/printed/customers?level=B&columns=city").get_data(as_text=True))
        assert "Level: B · 1 row" in page
        assert "Kiel" in page
        assert "Nordlicht" not in page

    def test_says_where_it_is_cut(self, here, client, monkeypatch):
        monkeypatch.setattr(sheets, "MOST", 1)
        fill(here, sign_in(client, here))
        page = words(client.get(f"/{here.slug}/printed/customers").get_data(as_text=True))
        assert "the list goes on" in page
        assert ("Baltic" in page, "Nordlicht" in page) == (True, False)

    def test_goes_through_all_pages_of_a_list(self, here, client):
        sign_in(client, here)
        with scope.enter(here.id):
            for n in range(60):
                make_account(name=f"Firm {n:02}")
            db.session.commit()
        page = words(client.get(f"/{here.slug}/printed/customers").get_data(as_text=True))
        assert all(f"Firm {n:02}" in page for n in range(60))

    def test_is_for_those_who_may_take_lists_away(self, here, client):
        sign_in(client, here, "agent")
        assert client.get(f"/{here.slug}/printed/customers").status_code == 403
        assert "/printed/" not in client.get(f"/{here.slug}/customers/?all=1").get_data(as_text=True)

    def test_is_offered_by_each_list(self, here, client):
        fill(here, sign_in(client, here))
        for path in ("customers/", "contacts/", "deals/list", "leads/", "products/", "cooperations/"):
            assert "/printed/" in client.get(f"/{here.slug}/{path}").get_data(as_text=True), path
        for path in ("phone-book/print", "activities/"):
            assert "/printed/" in client.get(f"/{here.slug}/{path}").get_data(as_text=True), path


@needs_pdf
class TestPdf:
    @pytest.mark.shows("CB7")
    def test_is_made_with_the_askers_eyes(self, here, client, post):
        with scope.enter(here.id):
            role = tenants.role("manager")
            role.rights = role.rights | {Permission.ACCOUNT_VIEW.value: "own"}
            db.session.commit()
        fill(here, sign_in(client, here, "manager"))
        asked = post(f"/{here.slug}/printed/customers?columns=name,city,level")
        again = post(f"/{here.slug}/printed/customers?columns=name,city,level")
        assert asked.headers["Location"] == again.headers["Location"]
        work(here)
        (report,) = reports_of(here)
        said = text_of(here, report)
        assert "Nordlicht & Co" in said
        assert "Kiel" in said
        assert "Baltic" not in said
        assert report.file.name.startswith(f"{here.slug}-customers-")
        assert client.get(f"{asked.headers['Location']}/file").mimetype == "application/pdf"

    def test_is_its_askers_own_and_forgotten_like_a_case(self, here, client, post):
        fill(here, sign_in(client, here))
        where = post(f"/{here.slug}/printed/customers").headers["Location"]
        sign_in(client, here)
        assert client.get(where).status_code == 404
        with scope.enter(here.id):
            report = db.session.query(Report).one()
            report.created_at -= actions.PRINT_FOR * 2
            db.session.flush()
            assert actions.forget_prints() == 1


@pytest.mark.shows("CB7")
class TestGroups:
    def page(self, client, here, address: str) -> str:
        return client.get(f"/{here.slug}/grouped/{address}").get_data(as_text=True)

    def test_count_and_add_up_and_lead_to_their_rows(self, here, client):
        fill(here, sign_in(client, here))
        page = self.page(client, here, "customers?by=city")
        assert "Kiel 2 42" in words(page)
        assert "Together 3 42" in words(page)
        by_level = self.page(client, here, "customers?by=level&level=A")
        assert "A 1 40" in words(by_level)
        assert f'href="/{here.slug}/customers/?level=A"' in by_level

    def test_add_up_money_by_its_currency(self, here, client):
        fill(here, sign_in(client, here))
        with scope.enter(here.id):
            make_opportunity(make_account(), amount=Decimal(700), currency="CNY")
            db.session.commit()
        page = words(self.page(client, here, "deals?by=result"))
        assert "1,300" in page
        assert "700" in page
        assert "2,000" not in page

    def test_draw_the_groups_beside_the_table_each_leading_to_its_rows(self, here, client):
        fill(here, sign_in(client, here))
        page = unescape(self.page(client, here, "customers?by=level"))
        spec = json.loads(re.search(r"data-inline='([^']+)'", page)[1])
        assert [(row["name"], row["value"]) for row in spec["data"]["values"]] == [("A", 1), ("B", 1), ("Not said", 1)]
        assert spec["data"]["values"][0]["href"] == f"/{here.slug}/customers/?level=A"

    def test_tell_months_in_their_order(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            for month, many in ((3, 1), (4, 2), (5, 1)):
                for _n in range(many):
                    make_opportunity(
                        make_account(owner), owner=owner, amount=Decimal(500), expected_on=date(2031, month, 9)
                    )
            db.session.commit()
        page = words(self.page(client, here, "deals?by=expected"))
        assert re.search(r"May 2031 1 \$500 .* April 2031 2 \$1,000 .* March 2031 1 \$500", page)
        assert "Expected in" in words(self.page(client, here, "deals?by=owner&expected_in=2031-Q2"))
        assert "Together 3 $1,500" in words(self.page(client, here, "deals?by=owner&expected_in=2031-Q2"))

    def test_stay_within_reach(self, here, client):
        with scope.enter(here.id):
            role = tenants.role("agent")
            role.rights = role.rights | {Permission.ACCOUNT_VIEW.value: "own"}
            db.session.commit()
        fill(here, sign_in(client, here, "agent"))
        assert "Kiel 1 40" in words(self.page(client, here, "customers?by=city"))

    @pytest.mark.parametrize("key", ["contacts", "leads", "cooperation", "deals"])
    def test_are_there_for_other_lists(self, here, client, key):
        fill(here, sign_in(client, here))
        for tab in ("", "?by=owner", "?by=nonsense"):
            assert client.get(f"/{here.slug}/grouped/{key}{tab}").status_code == 200

    def test_are_offered_above_a_list(self, here, client):
        fill(here, sign_in(client, here))
        page = client.get(f"/{here.slug}/customers/?level=A").get_data(as_text=True)
        assert f'href="/{here.slug}/grouped/customers?level=A"' in page
        assert client.get(f"/{here.slug}/grouped/products").status_code == 404
