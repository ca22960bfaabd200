"""How much off a role may give by itself."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.crm.products import discount_queries as queries
from saas.crm.products.pricing import given_away
from saas.tenants import scope
from saas.tenants.actions import settings
from tests.factories import make_agent, make_member, make_tenant, sign_in
from tests.pages import whole, words

amounts = st.decimals("0.01", 10_000, places=4)
percents = st.decimals(0, 100, places=3)


class TestGivenAway:
    def test_adds_up_what_a_lower_price_and_a_percentage_give(self):
        assert given_away(Decimal(100), Decimal(90), Decimal(10)) == 19
        assert given_away(Decimal(100), Decimal(120)) == 0
        assert given_away(None, Decimal(5)) == given_away(Decimal(0), Decimal(5)) == 0
        assert given_away(Decimal(3), Decimal(2)) == Decimal("33.334")  # up: it is above a limit of 33.333

    @given(amounts, percents)
    def test_of_the_usual_price_it_is_the_percentage(self, usual, percent):
        assert given_away(usual, usual, percent) == percent


class TestLimits:
    @pytest.mark.shows("PR12")
    def test_beyond_its_own_a_role_needs_one_that_may(self, tenant):
        agent, boss, owner = make_agent(), make_member("manager"), make_member("owner")
        assert not queries.needs_approval(agent, Decimal(100))
        settings.choose(queries.LIMITS, {str(agent.role_id): "5", str(boss.role_id): "20"}, by=owner)
        assert [queries.limit_of(one) for one in (agent, boss, owner)] == [5, 20, 100]
        assert not queries.needs_approval(agent, Decimal(5))
        assert queries.needs_approval(agent, Decimal("5.001"))
        assert set(queries.approvers(Decimal(15))) == {boss, owner}
        assert set(queries.approvers(Decimal(30))) == {owner}

    def test_are_set_on_their_page_and_lifted_again(self, context, client, post):
        here = make_tenant()
        member = sign_in(client, here)
        path = f"/{here.slug}/settings/discounts"
        assert "Agent" in words(whole(client, path))
        box = f"role_{member.role_id.hex}"
        assert post(path, data={box: "101"}).status_code == 422
        assert post(path, data={box: "12.5"}).status_code == 302
        with scope.enter(here.id):
            assert queries.limit_of(member) == Decimal("12.5")
        assert 'value="12.5"' in client.get(path).get_data(as_text=True)
        assert post(path, data={box: ""}).status_code == 302
        with scope.enter(here.id):
            assert queries.limit_of(member) == 100
