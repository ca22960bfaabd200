"""What somebody promised with a claim stands wherever promises stand, and is kept or missed there too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from saas import clock
from saas.crm.activities import actions as activities
from saas.crm.activities import promise_actions as promises
from saas.crm.activities.models import Promise as Promised
from saas.crm.pool import actions as pool
from saas.crm.pool import ledger_queries, sweep_actions
from saas.crm.pool.models import Move, MoveKind, ReleaseReason
from saas.crm.pool.rules import Promise
from saas.db import db
from tests.crm.batches.test_batches import fresh
from tests.factories import make_account, make_activity, make_agent, sign_in
from tests.pages import whole, words


def claimed(ann, days=2):
    """A customer that Ann has claimed, promising a call in so many days."""
    acme = make_account()
    day = clock.local(clock.now(), "UTC").date() + timedelta(days=days)
    pool.claim(acme.id, by=ann, promise=Promise("Call Kim", day))
    return acme, db.session.scalars(select(Promised)).one()


def spoken(acme, ann):
    call = make_activity(ann, account_id=acme.id)
    activities.complete(call, by=ann)


def again(promise) -> Promised:
    """The promise as the database has it."""
    db.session.refresh(promise)
    return promise


def kinds(acme) -> list[MoveKind]:
    return list(db.session.scalars(select(Move.kind).where(Move.account_id == acme.id).order_by(Move.id)))


@pytest.mark.shows("PP7")
class TestPromise:
    def test_stands_on_the_customers_page_on_today_and_in_the_calendar(self, tenant, client):
        ann = sign_in(client, tenant, "agent")
        acme, promise = claimed(ann)
        db.session.commit()
        page = words(whole(client, f"/{tenant.slug}/customers/{acme.id}"))
        assert page.count("Call Kim") >= 4  # what is next, promises, until when it stays, timeline
        assert "Call Kim" in words(whole(client, f"/{tenant.slug}/"))
        start, end = (promise.due_on + timedelta(days=n) for n in (-1, 1))
        feed = client.get(f"/{tenant.slug}/activities/feed?start={start}T00:00:00Z&end={end}T00:00:00Z").json
        assert [one["title"] for one in feed] == [f"Promised: Call Kim · {acme.name}"]

    def test_a_call_keeps_it(self, tenant):
        ann = make_agent()
        acme, promise = claimed(ann)
        spoken(acme, ann)
        assert again(promise).is_kept
        assert kinds(acme) == [MoveKind.CLAIMED, MoveKind.KEPT]

    def test_whoever_says_he_kept_it_has_kept_it_once(self, tenant):
        ann = make_agent()
        acme, promise = claimed(ann)
        promises.settle(promise, is_kept=True, by=ann)
        assert fresh(acme).intent_due_at is None
        spoken(acme, ann)
        assert kinds(acme) == [MoveKind.CLAIMED, MoveKind.KEPT]

    def test_taken_up_again_it_is_due_as_before(self, tenant):
        ann = make_agent()
        acme, promise = claimed(ann)
        due = acme.intent_due_at
        promises.settle(promise, is_kept=True, by=ann)
        promises.reopen(promise, by=ann)
        assert fresh(acme).intent_due_at == due

    def test_the_sweep_says_it_was_not_kept(self, tenant):
        ann = make_agent()
        acme, promise = claimed(ann, days=0)
        list(sweep_actions.sweep("crm.return_account", now=clock.now() + timedelta(days=2)))
        assert fresh(acme).owner_id is None
        assert again(promise).is_kept is False
        (share,) = ledger_queries.shares(clock.now() - timedelta(days=1))
        assert (share.promised, share.missed) == (1, 1)

    def test_given_back_it_is_no_longer_before_anybody(self, tenant):
        ann = make_agent()
        acme, promise = claimed(ann)
        pool.release(acme, by=ann, reason=ReleaseReason.NO_TIME)
        assert again(promise).settled_at is not None
