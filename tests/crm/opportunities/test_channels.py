"""By which route a deal is sold, and through whom."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from saas.crm.fields import actions as dictionaries
from saas.crm.fields.models import Dictionary
from saas.crm.merges import actions as merges
from saas.crm.opportunities.models import Opportunity
from saas.db import db
from saas.tenants import scope
from tests.crm.transfer.bringing import bring
from tests.factories import make_account, make_opportunity, make_tenant, sign_in
from tests.pages import filled, words


@pytest.fixture
def here(context):
    """A workspace, not in scope."""
    return make_tenant(name="Quay", currency="USD")


def fill(here, owner):
    """Deals of three routes, one through a partner."""
    with scope.enter(here.id):
        weser = make_account(owner, name="Weser")
        for name, channel, partner in (("One", "web", None), ("Two", "web", None), ("Three", "partner", weser)):
            make_opportunity(
                owner=owner, name=name, channel=channel, partner_id=partner and partner.id, amount=Decimal(100)
            )
        make_opportunity(owner=owner, name="Four")
        db.session.commit()
    return weser


@pytest.mark.shows("OP11")
class TestChannels:
    def test_are_said_with_the_deal(self, here, client, post):
        owner = sign_in(client, here)
        weser = fill(here, owner)
        new = f"/{here.slug}/deals/new"
        form = filled(client.get(new).get_data(as_text=True), new)
        wrong = post(new, data=form | {"name": "Five", "partner_id": "Nobody at all"})
        assert wrong.status_code == 422
        assert "Nobody at all" in wrong.get_data(as_text=True)
        where = post(new, data=form | {"name": "Five", "partner_id": weser.label}).headers["Location"]
        with scope.enter(here.id):
            deal = db.session.scalars(select(Opportunity).where(Opportunity.name == "Five")).one()
            assert (deal.channel, deal.partner_id) == ("partner", weser.id)
        seen = words(client.get(where).get_data(as_text=True))
        assert "Channel Partner" in seen
        assert "Partner Weser" in seen
        form = filled(client.get(f"{where}/edit").get_data(as_text=True), f"{where}/edit")
        assert (form["channel"], form["partner_id"]) == ("partner", weser.label)
        post(f"{where}/edit", data=form | {"channel": "web", "partner_id": ""})
        assert "Channel: Partner → Web" in words(client.get(where).get_data(as_text=True))
        with scope.enter(here.id):
            assert db.session.scalars(select(Opportunity).where(Opportunity.name == "Five")).one().partner_id is None

    def test_are_shown_filtered_and_grouped_by_lists(self, here, client):
        weser = fill(here, sign_in(client, here))

        def listed(query: str) -> str:
            return words(client.get(f"/{here.slug}/deals/list?{query}").get_data(as_text=True))

        assert ("One" in listed("channel=web"), "Three" in listed("channel=web")) == (True, False)
        assert ("Four" in listed("channel=none"), "One" in listed("channel=none")) == (True, False)
        shown = listed(f"partner={weser.id}&columns=name,channel,partner")
        assert "Three Partner Weser" in shown
        assert "One" not in shown
        grouped = words(client.get(f"/{here.slug}/grouped/deals?by=channel").get_data(as_text=True))
        assert "Web 2 $200" in grouped
        by_partner = words(client.get(f"/{here.slug}/grouped/deals?by=partner").get_data(as_text=True))
        assert "Weser 1 $100" in by_partner

    def test_are_words_of_the_workspace(self, here, client):
        owner = sign_in(client, here)
        with scope.enter(here.id):
            dictionaries.add_spelled(Dictionary.CHANNEL, ["Chandlers"], by=owner)
            db.session.commit()
        page = client.get(f"/{here.slug}/settings/words/channel").get_data(as_text=True)
        assert "Chandlers" in page
        assert "Chandlers" in client.get(f"/{here.slug}/deals/new").get_data(as_text=True)
        assert "Chandlers" not in client.get(f"/{here.slug}/customers/new").get_data(as_text=True)

    def test_come_in_with_a_file(self, tenant):
        bring("opportunities", "Name,Sales channel\nOne,Web\nTwo,Chandler\n")
        found = dict(db.session.execute(select(Opportunity.name, Opportunity.channel)).all())
        assert found["One"] == "web"
        assert found["Two"] is not None

    def test_a_partner_that_is_merged_stays_the_partner(self, here, client):
        owner = sign_in(client, here)
        weser = fill(here, owner)
        with scope.enter(here.id):
            kept = make_account(owner, name="Weser Group")
            db.session.commit()
            merges.merge("account", kept.id, weser.id, {}, owner=owner, by=owner)
            db.session.commit()
            deal = db.session.scalars(select(Opportunity).where(Opportunity.name == "Three")).one()
            db.session.refresh(deal)
            assert deal.partner_id == kept.id
