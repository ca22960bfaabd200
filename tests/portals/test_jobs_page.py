"""The page of background work: who sees it, what it says, and trying again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from saas import clock
from saas.db import db
from saas.tenants import events, scope
from saas.tenants.models import Delivery, Event
from tests.factories import make_tenant, sign_in


@pytest.fixture
def place(context):
    """A workspace with two pieces of work that were given up, and one planned."""
    made = make_tenant()
    with scope.enter(made.id):
        for key in ("a", "b", "later"):
            events.deliver("tenants.mail_notice", key=key, due_at=clock.now(), payload={"notice_id": "x"})
        db.session.flush()
        for row in db.session.scalars(select(Delivery).where(Delivery.key != "later")):
            row.gave_up_at, row.attempts, row.last_error = clock.now(), 5, "The mail server refused the address."
        db.session.commit()
    return made


def stopped(tenant):
    with scope.enter(tenant.id):
        return list(db.session.scalars(select(Delivery.id).where(Delivery.gave_up_at.is_not(None))))


class TestIndex:
    def test_says_what_stopped_and_why(self, place, client):
        sign_in(client, place, "manager")
        page = client.get(f"/{place.slug}/settings/jobs").text
        assert page.count("Mail a notification") == 2
        assert "The mail server refused the address." in page
        assert "1 waiting" in page
        assert "Try all again" in page

    def test_teaches_when_nothing_stopped(self, context, client):
        made = make_tenant()
        sign_in(client, made, "owner")
        assert "Nothing has stopped" in client.get(f"/{made.slug}/settings/jobs").text

    @pytest.mark.parametrize("role", ["agent", "readonly"])
    def test_is_not_for_everybody(self, place, client, role):
        sign_in(client, place, role)
        assert client.get(f"/{place.slug}/settings/jobs").status_code == 403


class TestRetry:
    def test_tries_one_again(self, place, client, post):
        member = sign_in(client, place, "owner")
        first, second = stopped(place)
        assert post(f"/{place.slug}/settings/jobs/{first}/retry").status_code == 303
        assert stopped(place) == [second]
        with scope.enter(place.id):
            event = db.session.scalars(select(Event).where(Event.name == "delivery.retried")).one()
            assert (event.actor_id, event.subject_id) == (member.id, first)
        assert "is tried again now" in client.get(f"/{place.slug}/settings/jobs").text

    def test_tries_all_again(self, place, client, post):
        sign_in(client, place, "owner")
        post(f"/{place.slug}/settings/jobs/retry")
        assert stopped(place) == []

    def test_another_workspaces_work_is_not_there(self, place, context, client, post):
        other = make_tenant()
        sign_in(client, other, "owner")
        (one, _two) = stopped(place)
        assert post(f"/{other.slug}/settings/jobs/{one}/retry").status_code == 404
        assert len(stopped(place)) == 2
