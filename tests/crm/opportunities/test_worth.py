"""What a customer is worth: what it bought and when, the class that fits and why, and who brought most."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from saas import clock
from saas.crm.customers.models import Account, Standing
from saas.crm.opportunities import worth_queries as queries
from saas.crm.opportunities.models import Result
from saas.crm.opportunities.worth_queries import Life, Worth
from saas.db import db
from saas.tenants import scope
from tests.factories import make_account, make_agent, make_opportunity, make_tenant, sign_in

TODAY = date(2026, 11, 30)


@pytest.fixture
def harbor(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant(currency="EUR")


def won(account, amount, days, *, currency="EUR", owner=None, result=Result.WON):
    """A deal of so much that was won so many days ago."""
    closed = clock.now().date() - timedelta(days=days)
    deal = make_opportunity(account, owner, amount=Decimal(amount), currency=currency)
    deal.result, deal.closed_on = result, None if result is Result.OPEN else closed
    db.session.flush()
    return deal


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


class TestLife:
    @pytest.mark.parametrize(
        ("first", "last", "lately", "before", "life"),
        [
            (None, None, {}, {}, Life.PROSPECT),
            (100, 10, {"EUR": 5}, {}, Life.NEW),
            (900, 10, {"EUR": 5}, {"EUR": 4}, Life.GROWING),
            (900, 10, {"EUR": 4}, {"EUR": 4}, Life.STEADY),
            (900, 10, {"EUR": 9, "USD": 1}, {"EUR": 2, "USD": 5}, Life.GROWING),
            (900, 10, {}, {}, Life.STEADY),  # won, without amounts
            (900, 400, {}, {"EUR": 4}, Life.FADING),
            (900, 800, {}, {}, Life.GONE),
        ],
    )
    def test_is_told_from_what_was_bought_and_when(self, first, last, lately, before, life):
        amounts = [{key: Decimal(value) for key, value in of.items()} for of in (lately, before)]
        days = [None if ago is None else TODAY - timedelta(days=ago) for ago in (first, last)]
        assert Worth({}, *amounts, first_on=days[0], last_on=days[1]).life(TODAY) is life


@pytest.mark.shows("CB21")
class TestPanel:
    def test_says_what_a_customer_brought_which_class_fits_and_why(self, harbor, client, post):
        owner = sign_in(client, harbor)
        with scope.enter(harbor.id):
            best, others = make_account(owner, name="Fabrikam"), [make_account(owner) for _ in range(4)]
            won(best, 5000, 10, owner=owner)
            won(best, 1000, 500, owner=owner)
            won(best, 70, 20, owner=owner, currency="USD")
            won(best, 900, 0, owner=owner, result=Result.OPEN)
            won(best, 9999, 5, owner=owner, result=Result.LOST)
            for account in others:
                won(account, 100, 30, owner=owner)
            db.session.commit()
            path, key = f"/{harbor.slug}/parts/account/{best.id}/worth", best.id
        said = text_of(client.get(path))
        for words in ("€6,000 + $70", "€5,000 + $70", "€1,000", "€900", "Growing", "bought most in twelve months"):
            assert words in said
        assert "9,999" not in said
        post(f"/{harbor.slug}/deals/worth/{key}")
        assert "Set this value class" in said
        assert "Set this value class" not in text_of(client.get(path))
        with scope.enter(harbor.id):
            assert db.session.get(Account, (harbor.id, key)).value_class == "high"

    def test_knows_who_has_gone_and_who_may_come(self, harbor, client, post):
        owner = sign_in(client, harbor)
        with scope.enter(harbor.id):
            gone, coming, plain = (make_account(owner) for _ in range(3))
            won(gone, 500, 800, owner=owner)
            won(coming, 500, 0, owner=owner, result=Result.OPEN)
            db.session.commit()
            paths = [f"/{harbor.slug}/parts/account/{one.id}/worth" for one in (gone, coming, plain)]
        said = [text_of(client.get(path)) for path in paths]
        assert "Churned" in said[0]
        assert "No deal won for two years" in said[0]
        assert "Potential" in said[1]
        assert "but one is open" in said[1]
        assert "Nothing won yet" in said[2]
        assert "value class" not in said[2].lower()

    def test_says_of_no_customer_that_it_has_bought_nothing(self, harbor, client):
        owner = sign_in(client, harbor)
        with scope.enter(harbor.id):
            bought, kept = make_account(owner), make_account(owner)
            bought.standing = Standing.CUSTOMER
            kept.kept_until = clock.now() + timedelta(days=9)  # by a contract
            won(kept, 500, 800, owner=owner)
            db.session.commit()
            paths = [f"/{harbor.slug}/parts/account/{one.id}/worth" for one in (bought, kept)]
        said = [text_of(client.get(path)) for path in paths]
        assert "Has bought without a deal" in said[0]
        assert "Nothing won" not in said[0]
        assert "Churned" not in said[1]

    def test_sets_nothing_where_nothing_fits_or_the_right_is_missing(self, harbor, client, post):
        with scope.enter(harbor.id):
            plain, gone = make_account(make_agent()), make_account(make_agent())
            won(gone, 500, 800)
            db.session.commit()
            keys = (plain.id, gone.id)
        sign_in(client, harbor)
        assert post(f"/{harbor.slug}/deals/worth/{keys[0]}").status_code == 404
        sign_in(client, harbor, "readonly")
        assert post(f"/{harbor.slug}/deals/worth/{keys[1]}").status_code == 403


@pytest.mark.shows("CB21")
class TestBest:
    def test_names_those_who_brought_most(self, harbor, client, post):
        owner = sign_in(client, harbor)
        with scope.enter(harbor.id):
            for name, amount, days in (("Lately", 300, 9), ("Least", 20, 9), ("Long ago", 900, 600), ("Open", 50, 0)):
                won(make_account(owner, name=name), amount, days, result=Result.OPEN if name == "Open" else Result.WON)
            won(make_account(owner, name="Dollars"), 9000, 9, currency="USD")
            db.session.commit()

        def names(path: str) -> list[str]:
            page = client.get(f"/{harbor.slug}/deals/best{path}").get_data(as_text=True)
            return re.findall(r'<a class="name" href="[^"]+">([^<]+)<', page)

        assert names("") == ["Lately", "Least"]
        assert names("?span=ever") == ["Long ago", "Lately", "Least"]

    def test_counts_what_lies_within_the_readers_reach(self, harbor, client, post):
        with scope.enter(harbor.id):
            other = make_agent()
            won(make_account(other, name="Theirs"), 300, 9, owner=other)
            db.session.commit()
        member = sign_in(client, harbor, "agent")
        with scope.enter(harbor.id):
            member = db.session.get(type(member), (harbor.id, member.id))
            member.role.rights = member.role.rights | {"opportunity.view": "own"}
            won(make_account(member, name="Mine"), 200, 9, owner=member)
            db.session.commit()
        page = client.get(f"/{harbor.slug}/deals/best").get_data(as_text=True)
        assert "Mine" in page
        assert "Theirs" not in page

    def test_leaves_out_customers_that_the_reader_may_not_see_and_archived_ones(self, harbor, client):
        with scope.enter(harbor.id):
            other = make_agent()
            for name in ("Theirs", "Put away"):
                won(make_account(other, name=name), 300, 9, owner=other)
            db.session.query(Account).filter_by(name="Put away").one().archived_at = clock.now()
            db.session.commit()
        member, pages = sign_in(client, harbor, "agent"), []
        for reach in ("all", "own"):
            with scope.enter(harbor.id):
                role = db.session.get(type(member), (harbor.id, member.id)).role
                role.rights = role.rights | {"account.view": reach, "opportunity.view": "all"}
                db.session.commit()
            pages.append(client.get(f"/{harbor.slug}/deals/best").get_data(as_text=True))
        assert "Theirs" in pages[0]
        assert "Put away" not in pages[0]
        assert "Theirs" not in pages[1]

    def test_of_another_workspace_are_none_of_ours(self, harbor, client, post):
        lagoon = make_tenant(currency="EUR")
        with scope.enter(lagoon.id):
            account = make_account(make_agent(), name="Stranger")
            won(account, 300, 9)
            db.session.commit()
            key = account.id
        sign_in(client, harbor)
        assert "Stranger" not in client.get(f"/{harbor.slug}/deals/best").get_data(as_text=True)
        assert client.get(f"/{harbor.slug}/parts/account/{key}/worth").status_code == 404
        assert post(f"/{harbor.slug}/deals/worth/{key}").status_code == 404
        with scope.enter(harbor.id):
            assert queries.much("EUR", clock.now().date()) is None
