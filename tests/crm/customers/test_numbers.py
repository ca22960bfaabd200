"""Customers are numbered by a rule of the workspace's own."""

from __future__ import annotations

import pytest

from saas import clock
from saas.crm.customers.models import Account
from saas.db import db
from saas.tenants import numbers, scope
from tests.factories import make_account, make_tenant, sign_in
from tests.pages import words


@pytest.fixture
def here(context):
    """A committed workspace."""
    return make_tenant()


@pytest.mark.shows("CB9")
class TestRule:
    RULE = {"prefix": "KD", "width": "4", "following": "120"}

    def test_is_seen_before_it_is_saved_and_holds_from_then_on(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            make_account()
            db.session.commit()
        path = f"/{here.slug}/settings/numbers"
        year = clock.now().year
        assert f"C-{year}-00002" in words(client.get(path).get_data(as_text=True))
        seen = client.get(f"{path}/preview", query_string=self.RULE | {"has_year": "y"}).get_data(as_text=True)
        assert f"KD-{year}-0120" in seen
        assert "KD-0120, KD-0121" in client.get(f"{path}/preview", query_string=self.RULE).get_data(as_text=True)
        assert post(path, data=self.RULE).status_code == 302
        with scope.enter(here.id):
            assert [make_account().number for _ in range(2)] == ["KD-0120", "KD-0121"]
            db.session.commit()
        assert 'value="122"' in client.get(path).get_data(as_text=True)

    @pytest.mark.parametrize("wrong", [{"following": "119"}, {"prefix": "{n}"}, {"width": "0"}, {"following": ""}])
    def test_never_goes_back_nor_means_nothing(self, here, client, post, wrong):
        sign_in(client, here)
        path = f"/{here.slug}/settings/numbers"
        post(path, data=self.RULE)
        assert post(path, data=self.RULE | wrong).status_code == 422
        with scope.enter(here.id):
            assert make_account().number == "KD-0120"

    def test_gives_no_number_that_somebody_has(self, here, client, post):
        sign_in(client, here)
        with scope.enter(here.id):
            db.session.add(Account(number="KD-0130", name="Old", name_key="old"))
            db.session.commit()
        answer = post(f"/{here.slug}/settings/numbers", data=self.RULE)
        assert answer.status_code == 422
        assert "KD-0130" in words(answer.get_data(as_text=True))

    @pytest.mark.parametrize("rule", ["C-{year}-{n:5}", "{n:3}", "{year}-{n:1}", "A-B-{n:9}"])
    def test_is_taken_apart_and_put_together(self, rule):
        prefix, has_year, width = numbers.parts(rule)
        assert numbers.composed(prefix, has_year=has_year, width=width) == rule
