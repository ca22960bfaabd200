"""Who else sells a deal: what is his, and what he sees."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape

import pytest

from saas import clock
from saas.crm.opportunities import actions as opportunities
from saas.crm.opportunities import owner_actions
from saas.crm.opportunities import share_actions as actions
from saas.crm.opportunities import share_queries as queries
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import handover, scope
from saas.tenants import queries as tenants
from tests.factories import make_agent, make_opportunity, make_tenant, sign_in
from tests.pages import filled, whole, words


def shares(deal) -> dict[str, Decimal]:
    return {one.owner.name: one.percent for one in queries.shares_of(deal.id)}


class TestShare:
    def test_leaves_the_rest_to_the_owner(self, tenant):
        ann, bo, cy = (make_agent(name=name) for name in ("Ann", "Bo", "Cy"))
        deal = make_opportunity(owner=ann)
        actions.share(deal, {bo: Decimal(30), cy: Decimal("12.5")}, by=ann)
        assert shares(deal) == {"Bo": 30, "Cy": Decimal("12.5")}
        assert queries.remainder(queries.shares_of(deal.id)) == Decimal("57.5")
        actions.share(deal, {bo: Decimal(50)}, by=ann)
        assert shares(deal) == {"Bo": 50}

    def test_refuses_more_than_there_is(self, tenant):
        ann, bo, cy = make_agent(), make_agent(), make_agent()
        deal = make_opportunity(owner=ann)
        with pytest.raises(Refused, match="more than 100"):
            actions.share(deal, {bo: Decimal(60), cy: Decimal("40.01")}, by=ann)
        with pytest.raises(Refused, match="owner"):
            actions.share(deal, {ann: Decimal(10)}, by=ann)
        with pytest.raises(Refused, match="Nobody owns"):
            actions.share(make_opportunity(), {bo: Decimal(10)}, by=ann)
        assert shares(deal) == {}

    def test_whoever_gets_the_deal_has_no_share_beside_it(self, tenant):
        ann, bo = make_agent(name="Ann"), make_agent(name="Bo")
        deal = make_opportunity(owner=ann)
        actions.share(deal, {bo: Decimal(30)}, by=ann)
        owner_actions.assign(deal, bo, by=ann)
        db.session.expire_all()
        assert shares(deal) == {}

    def test_a_leavers_shares_go_to_his_heir(self, tenant):
        ann, bo, cy = (make_agent(name=name) for name in ("Ann", "Bo", "Cy"))
        alone, both, own = make_opportunity(owner=ann), make_opportunity(owner=ann), make_opportunity(owner=cy)
        for deal in (alone, both, own):
            actions.share(deal, {bo: Decimal(30)}, by=ann)
        actions.share(both, {bo: Decimal(30), cy: Decimal(20)}, by=ann)
        holding = next(one for one in handover.every() if one.key == "deal_share.owner_id")
        assert holding.count(bo.id) == 3
        holding.pass_on(bo.id, cy, ann, new_id(), handover.ALL)
        assert (shares(alone), shares(both), shares(own)) == ({"Cy": 30}, {"Cy": 50}, {})
        assert holding.count(bo.id) == 0


@pytest.fixture
def here(context):
    """A workspace, not in scope."""
    return make_tenant(name="Quay", currency="USD")


def fill(here, owner_name: str = "Ann", **given):
    """A deal of Ann's, and Ann."""
    with scope.enter(here.id):
        ann = make_agent(name=owner_name)
        values = {"name": "Two cranes", "amount": Decimal(1000), "expected_on": clock.now().date()} | given
        deal = make_opportunity(owner=ann, **values)
        db.session.commit()
    return ann, deal


def split(here, deal, ann, member, percent: int) -> None:
    with scope.enter(here.id):
        actions.share(db.session.merge(deal), {member: Decimal(percent)}, by=ann)
        db.session.commit()


class TestReach:
    def test_opens_the_deal_to_whoever_has_a_share(self, here, client, post):
        bo = sign_in(client, here, "agent", name="Bo")
        ann, deal = fill(here)
        page = f"/{here.slug}/deals/{deal.id}"
        assert client.get(page).status_code == 404
        assert "Nothing is shared with you" in client.get(f"/{here.slug}/deals/shared").get_data(as_text=True)
        split(here, deal, ann, bo, 30)
        seen = words(whole(client, page))
        assert "Ann 70% $700.00 Bo 30% $300.00" in seen
        assert "said who else sells this deal" in seen
        assert "Two cranes" in client.get(f"/{here.slug}/deals/shared").get_data(as_text=True)
        assert "Two cranes" not in client.get(f"/{here.slug}/deals/list").get_data(as_text=True)

    def test_lets_him_look_and_no_more(self, here, client, post):
        bo = sign_in(client, here, "agent")
        ann, deal = fill(here)
        split(here, deal, ann, bo, 30)
        for path in ("edit", "close", "shares"):
            assert client.get(f"/{here.slug}/deals/{deal.id}/{path}").status_code in {403, 404}
        assert post(f"/{here.slug}/deals/{deal.id}/forecast", data={"category": "commit"}).status_code in {403, 404}

    def test_stays_closed_to_others(self, here, client):
        sign_in(client, here, "agent")
        ann, deal = fill(here)
        with scope.enter(here.id):
            bo = make_agent()
            db.session.commit()
        split(here, deal, ann, bo, 30)
        assert client.get(f"/{here.slug}/deals/{deal.id}").status_code == 404


class TestPage:
    def test_says_who_sells_it_and_keeps_what_was_typed(self, here, client, post):
        sign_in(client, here)
        _ann, deal = fill(here)
        with scope.enter(here.id):
            bo = make_agent(name="Bo")
            db.session.commit()
        where = f"/{here.slug}/deals/{deal.id}/shares"
        form = filled(client.get(where).get_data(as_text=True), where)
        wrong = post(where, data=form | {"shares-0-member_id": str(bo.id), "shares-0-percent": "130"})
        assert wrong.status_code == 422
        assert 'value="130"' in wrong.get_data(as_text=True)
        two = {"shares-0-member_id": str(bo.id), "shares-0-percent": "60", "shares-1-member_id": str(bo.id)}
        wrong = post(where, data=form | two | {"shares-1-percent": "50"})
        assert wrong.status_code == 422
        assert "more than 100%" in words(wrong.get_data(as_text=True))
        post(where, data=form | {"shares-0-member_id": str(bo.id), "shares-0-percent": "30"})
        with scope.enter(here.id):
            assert shares(deal) == {"Bo": 30}
        form = filled(client.get(where).get_data(as_text=True), where)
        assert form["shares-0-percent"] == "30.00"
        post(where, data=form | {"shares-0-member_id": ""})
        with scope.enter(here.id):
            assert shares(deal) == {}


def row(page: str, name: str) -> list[str]:
    """The cells behind a name, in the last table that has it."""
    found = [
        [words(unescape(cell)) for cell in re.findall(r"<t[hd].*?</t[hd]>", one, re.DOTALL)]
        for one in re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    ]
    return next((cells[1:] for cells in reversed(found) if cells and cells[0].startswith(name)), [])


class TestCounted:
    def page(self, client, here, path: str) -> str:
        return client.get(f"/{here.slug}/{path}").get_data(as_text=True)

    def test_in_reports_by_share_or_by_owner(self, here, client):
        sign_in(client, here)
        ann, deal = fill(here)
        with scope.enter(here.id):
            bo = make_agent(name="Bo")
            make_opportunity(owner=bo, amount=Decimal(50))
            db.session.commit()
        split(here, deal, ann, bo, 30)
        by_owner, by_share = (self.page(client, here, f"grouped/deals?by={by}") for by in ("owner", "seller"))
        assert (row(by_owner, "Ann")[:2], row(by_owner, "Bo")[:2]) == (["1", "$1,000"], ["1", "$50"])
        assert (row(by_share, "Ann")[:2], row(by_share, "Bo")[:2]) == (["1", "$700"], ["2", "$350"])
        assert row(by_share, "Together")[1] == "$1,050"
        url = unescape(re.search(r'href="([^"]*sells=[^"]*)">Bo<', by_share)[1])
        assert "Two cranes" in client.get(url).get_data(as_text=True)

    def test_in_the_forecast(self, here, client):
        sign_in(client, here)
        ann, deal = fill(here, probability=90)
        with scope.enter(here.id):
            bo = make_agent(name="Bo")
            ann = tenants.member(ann.id)
            won = make_opportunity(owner=ann, amount=Decimal(200))
            actions.share(won, {bo: Decimal(25)}, by=ann)
            opportunities.win(won, by=ann)
            db.session.commit()
        split(here, deal, ann, bo, 30)
        by_owner, by_share = (self.page(client, here, f"deals/forecast{query}") for query in ("", "?share=1"))
        assert row(by_owner, "Ann")[:4] == ["$200", "$1,000", "$1,000", "$900"]
        assert row(by_owner, "Bo") == []
        assert row(by_share, "Ann")[:4] == ["$150", "$700", "$700", "$630"]
        assert row(by_share, "Bo")[:4] == ["$50", "$300", "$300", "$270"]
        url = unescape(re.search(r'>Bo</a>.*?href="([^"]*expected_in[^"]*)"', by_share, re.DOTALL)[1])
        assert "Two cranes" in client.get(url).get_data(as_text=True)

    def test_in_the_forecast_of_whoever_sees_his_own_alone(self, here, client):
        bo = sign_in(client, here, "agent", name="Bo")
        ann, deal = fill(here, probability=90)
        split(here, deal, ann, bo, 30)
        assert row(self.page(client, here, "deals/forecast"), "Bo") == []
        page = self.page(client, here, "deals/forecast?share=1")
        assert row(page, "Bo")[1] == "$300"
        assert row(page, "Ann") == []
