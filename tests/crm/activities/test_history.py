"""What lies behind: late ones are shown as late, in the order of plans or of completion."""

from __future__ import annotations

from datetime import timedelta

import pytest

from saas import clock
from saas.crm.activities import actions
from saas.db import db
from saas.tenants import scope
from saas.tenants.models import Member
from tests.factories import make_account, make_activity, make_agent, make_tenant, sign_in
from tests.pages import words


@pytest.fixture
def here(context):
    """A committed workspace."""
    return make_tenant()


def past(owner, subject, days, **given):
    return make_activity(owner, subject=subject, starts_at=clock.now() - timedelta(days=days), **given)


def order(client, path, *subjects) -> list[str]:
    """These subjects as the page tells them."""
    page = words(client.get(path).get_data(as_text=True))
    return sorted((one for one in subjects if one in page), key=page.index)


@pytest.mark.shows("AC10")
class TestIndex:
    def test_shows_late_ones_and_sorts_by_plan_or_completion(self, here, client):
        me = sign_in(client, here, "agent")
        with scope.enter(here.id):
            acme = make_account(me, name="Acme")
            first, second = past(me, "Firstling", 9), past(me, "Secondling", 5, account_id=acme.id)
            past(me, "Forgotten", 7)
            make_activity(me, subject="Ahead")
            gone = past(me, "Called off", 3)
            actions.cancel(gone, by=me)
            actions.complete(second, at=clock.now() - timedelta(days=4), by=me)
            actions.complete(first, at=clock.now() - timedelta(days=1), by=me)
            db.session.commit()
        path = f"/{here.slug}/activities/history"
        every = ("Firstling", "Secondling", "Forgotten", "Ahead", "Called off")
        assert order(client, path, *every) == ["Secondling", "Forgotten", "Firstling"]
        assert order(client, f"{path}?sort=-done", *every) == ["Firstling", "Secondling", "Forgotten"]
        assert order(client, f"{path}?state=late", *every) == ["Forgotten"]
        assert order(client, f"{path}?customer={acme.id}", *every) == ["Secondling"]
        assert "Customer: Acme" in words(client.get(f"{path}?customer={acme.id}&kind=task").get_data(as_text=True))
        assert "Late" in words(client.get(f"{path}?state=late").get_data(as_text=True))
        assert "3 activities" in client.get(f"{path}/count").get_data(as_text=True)

    def test_pages_follow_by_key_and_reach_holds(self, here, client):
        me = sign_in(client, here, "agent")
        with scope.enter(here.id):
            me = db.session.get_one(Member, (here.id, me.id))
            me.role.rights = me.role.rights | {"activity.view": "own"}
            for n in range(52):
                past(me, f"Call {n:02}.", 60 - n)
            past(make_agent(), "Hidden", 1)
            db.session.commit()
        page = client.get(f"/{here.slug}/activities/history").get_data(as_text=True)
        assert "Hidden" not in page
        assert "Call 51." in page
        assert "Call 01." not in page
        more = page.split("after=")[1].split('"')[0]
        rest = client.get(f"/{here.slug}/activities/history?after={more}").get_data(as_text=True)
        assert "Call 01." in rest
        assert "Call 51." not in rest
