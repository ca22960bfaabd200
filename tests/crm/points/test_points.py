"""A customer's points: given and taken with a reason, never below zero, taken back by a line of their own."""

from __future__ import annotations

import re
import threading

import pytest

from saas.archive import Archived
from saas.crm.customers import actions as customers
from saas.crm.merges import actions as merges
from saas.crm.points import actions, queries
from saas.db import db
from saas.tenants import scope
from saas.tenants.models import Event
from tests.factories import make_account, make_agent, make_member, make_tenant, sign_in
from tests.pages import whole, words


@pytest.fixture
def here(context):
    """A workspace, not in scope: the browser enters it by its address."""
    return make_tenant()


def lines(account) -> list[tuple[int, str]]:
    return [(one.points, one.reason) for one in queries.entries(account.id)]


class TestWrite:
    def test_adds_a_line_and_tells_it(self, tenant):
        ann = make_agent()
        acme = make_account(ann)
        actions.give(acme.id, 100, "Recommended us", by=ann)
        actions.take(acme.id, 30, "A bag", by=ann)
        assert queries.balance(acme.id) == 70
        assert lines(acme) == [(-30, "A bag"), (100, "Recommended us")]
        said = db.session.query(Event).filter(Event.name == actions.TAKEN).one()
        assert (said.account_id, said.changed["points"], said.changed["balance"]) == (acme.id, 30, 70)

    def test_takes_no_more_than_there_is(self, tenant):
        ann = make_agent()
        acme = make_account(ann, name="Acme")
        actions.give(acme.id, 5, "Welcome", by=ann)
        with pytest.raises(actions.NotEnough, match="Acme has 5 points"):
            actions.take(acme.id, 6, "A bag", by=ann)
        assert queries.balance(acme.id) == 5

    def test_leaves_an_archived_customer_alone(self, tenant):
        ann = make_agent()
        acme = make_account(ann)
        customers.archive_account(acme, by=ann)
        with pytest.raises(Archived):
            actions.give(acme.id, 5, "Welcome", by=ann)

    def test_two_who_take_at_once_cannot_both_have_the_last(self, app, here):
        with scope.enter(here.id):
            ann = make_agent()
            acme = make_account(ann)
            actions.give(acme.id, 10, "Welcome", by=ann)
            db.session.commit()
            account_id, member_id = acme.id, ann.id
        came = threading.Barrier(4)
        refused: list[Exception] = []

        def take() -> None:
            with app.app_context(), scope.enter(here.id):
                by = db.session.get(type(ann), (here.id, member_id))
                came.wait()
                try:
                    actions.take(account_id, 10, "A bag", by=by)
                    db.session.commit()
                except actions.NotEnough as error:
                    db.session.rollback()
                    refused.append(error)

        threads = [threading.Thread(target=take) for _n in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        with scope.enter(here.id):
            assert queries.balance(account_id) == 0
        assert len(refused) == 3


class TestTakeBack:
    def test_writes_the_opposite_once(self, tenant):
        ann = make_agent()
        acme = make_account(ann)
        given = actions.give(acme.id, 100, "By mistake", by=ann)
        opposite = actions.take_back(given, by=ann)
        assert lines(acme) == [(-100, "By mistake"), (100, "By mistake")]
        for line in (given, opposite):
            with pytest.raises(actions.TakenBack):
                actions.take_back(line, by=ann)

    def test_refuses_what_is_spent(self, tenant):
        ann = make_agent()
        acme = make_account(ann)
        given = actions.give(acme.id, 100, "Welcome", by=ann)
        actions.take(acme.id, 60, "A bag", by=ann)
        with pytest.raises(actions.NotEnough):
            actions.take_back(given, by=ann)


def test_a_merge_adds_the_accounts_up(tenant):
    bo = make_member("owner")
    kept, gone = make_account(bo), make_account(bo)
    actions.give(kept.id, 10, "Welcome", by=bo)
    actions.give(gone.id, 5, "Welcome", by=bo)
    db.session.flush()
    merges.merge("account", kept.id, gone.id, {}, owner=bo, by=bo)
    assert queries.balance(kept.id) == 15


@pytest.mark.shows("CB12")
class TestPages:
    def account(self, here, owner=None) -> str:
        with scope.enter(here.id):
            made = make_account(owner or make_agent())
            db.session.commit()
            return str(made.id)

    def test_give_take_and_undo(self, here, client, post):
        sign_in(client, here)
        key = self.account(here)
        url = f"/{here.slug}/points/{key}"
        page = post(url, data={"way": "give", "points": "100", "reason": "Recommended us"}, follow_redirects=True)
        html = page.get_data(as_text=True)
        assert "100 points are given." in words(html)
        assert "Balance 100" in words(html)
        short = post(url, data={"way": "take", "points": "130", "reason": "A bag"})
        assert short.status_code == 422
        assert "has 100 points." in words(short.get_data(as_text=True))
        assert 'value="A bag"' in short.get_data(as_text=True)
        undo = re.search(r'action="([^"]+/back)"', html)
        after = words(post(undo[1], follow_redirects=True).get_data(as_text=True))
        assert "Balance 0" in after
        assert "Taken back: Recommended us" in after

    def test_stand_on_the_customers_page_and_its_timeline(self, here, client, post):
        sign_in(client, here)
        key = self.account(here)
        post(f"/{here.slug}/points/{key}", data={"way": "give", "points": "1200", "reason": "Recommended us"})
        page = words(whole(client, f"/{here.slug}/customers/{key}"))
        assert "Points Give or take 1,200 Recommended us" in page
        assert "gave 1200 points" in page.replace("1,200 points", "1200 points")

    def test_are_changed_by_those_who_may(self, here, client, post):
        sign_in(client, here, "readonly")
        key = self.account(here)
        page = client.get(f"/{here.slug}/points/{key}")
        assert page.status_code == 200
        assert "Give points" not in page.get_data(as_text=True)
        assert post(f"/{here.slug}/points/{key}", data={"way": "give", "points": "1", "reason": "x"}).status_code == 403
        sign_in(client, here, "agent")
        given = post(f"/{here.slug}/points/{key}", data={"way": "give", "points": "1", "reason": "x"})
        assert given.status_code == 403  # a colleague's
