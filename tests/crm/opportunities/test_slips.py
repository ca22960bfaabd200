"""Expected days that are put off, and deals that are open already."""

from __future__ import annotations

from datetime import date

import pytest

from saas.crm.opportunities import actions
from saas.crm.opportunities.models import Opportunity
from saas.db import db
from saas.tenants import scope
from saas.tenants.models import Member
from tests.crm.opportunities.test_views import here, text_of  # noqa: F401 - a fixture among them
from tests.crm.transfer.bringing import bring
from tests.factories import make_account, make_agent, make_opportunity, make_product, sign_in


def put_off(deal: Opportunity, *days: date) -> None:
    """Move the expected day of a deal, one day after the other."""
    for day in days:
        actions.change_opportunity(deal, {"expected_on": day}, version=None, by=scope.SYSTEM)


class TestSlips:
    def test_only_a_later_month_counts(self, tenant):
        deal = make_opportunity(expected_on=date(2027, 1, 10))
        put_off(deal, date(2027, 1, 31), date(2027, 1, 5), date(2026, 12, 20))
        assert deal.slips == 0, "within the month, or earlier"
        put_off(deal, date(2027, 1, 1), date(2028, 1, 1))
        assert deal.slips == 2
        actions.change_opportunity(deal, {"expected_on": None}, version=None, by=scope.SYSTEM)
        put_off(deal, date(2029, 1, 1))
        assert deal.slips == 2, "from nothing to a day is no slip"

    def test_a_file_counts_too(self, tenant):
        bring("opportunities", "ID,Deal,Stage,Expected on\nD-1,Pumps,Prospecting,2027-01-10\n")
        bring("opportunities", "ID,Deal,Expected on\nD-1,Pumps,2027-03-01\n", update_by="reference")
        assert db.session.query(Opportunity).one().slips == 1

    @pytest.mark.shows("OP14")
    def test_is_told_on_the_deal_and_narrows_the_list(self, here, client):  # noqa: F811
        owner = sign_in(client, here)
        with scope.enter(here.id):
            late = make_opportunity(None, owner, name="Crane", expected_on=date(2027, 1, 1))
            once = make_opportunity(None, owner, name="Fresh", expected_on=date(2027, 1, 1))
            put_off(late, date(2027, 2, 1), date(2027, 3, 1))
            put_off(once, date(2027, 2, 1))
            db.session.commit()
            key = late.id
        assert "2 times to a later month" in text_of(client.get(f"/{here.slug}/deals/{key}"))
        listed = text_of(client.get(f"/{here.slug}/deals/list?slipped=yes&columns=name,slips"))
        assert "Crane 2" in listed
        assert "Fresh" not in listed


class TestAlike:
    def test_names_what_is_open_for_the_same_customer_and_product(self, here, client):  # noqa: F811
        key = sign_in(client, here, "agent").id
        with scope.enter(here.id):
            agent = db.session.get(Member, (here.id, key))
            acme, crane, hoist = make_account(name="Acme"), make_product(name="Crane"), make_product(name="Hoist")
            for name, product, owner in (
                ("Mine", crane, agent), ("Other goods", hoist, agent), ("Theirs", crane, make_agent()),
            ):  # fmt: skip
                actions.create_opportunity({"name": name}, owner=owner, by=owner, account=acme, product=product)
            over = actions.create_opportunity({"name": "Over"}, owner=agent, by=agent, account=acme, product=crane)
            actions.lose(over, loss="price", by=agent)
            db.session.commit()
            label, key = acme.label, crane.id
        path = f"/{here.slug}/deals/alike"
        page = text_of(client.get(path, query_string={"customer": label, "product_id": str(key)}))
        assert "For Acme and this product a deal is open already" in page
        assert "Mine" in page
        assert "a colleague has 1" in page
        for hidden in ("Other goods", "Theirs", "Over"):
            assert hidden not in page, hidden
        assert "Other goods" in text_of(client.get(path, query_string={"customer": label}))
        assert not text_of(client.get(path, query_string={"customer": "Nobody"})).strip()
