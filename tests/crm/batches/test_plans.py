"""An activity for each of many customers: spread over days and people, told row by row, undone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from saas import clock
from saas.crm.activities import actions as activities
from saas.crm.activities.models import Activity
from saas.crm.batches import actions
from saas.crm.batches.models import Batch, Deed, Outcome, Reason
from saas.crm.batches.spread import Slot, Spread
from saas.db import db
from saas.tenants import scope
from tests.crm.batches.test_batches import done, outcomes
from tests.factories import make_account, make_agent, make_member, make_tenant, sign_in
from tests.pages import filled, words

FRIDAY = date(2031, 5, 2)
PLAN = {
    "kind": "call",
    "subject": "Spring offer",
    "text": None,
    "whose": "mine",
    "members": [],
    "first": FRIDAY.isoformat(),
    "minute": 9 * 60,
    "minutes": 20,
    "per_day": 2,
    "reminders": ["hour"],
}


@pytest.fixture
def here(context):
    """A committed workspace."""
    return make_tenant()


@pytest.fixture
def inside(here):
    """The same, in scope."""
    with scope.enter(here.id):
        yield here


def planned(by, chosen, **options) -> Batch:
    batch = actions.choose([one.id for one in chosen], by=by)
    actions.start(batch, Deed.PLAN, PLAN | options, by=by)
    return done(batch)


def made() -> list[Activity]:
    return list(db.session.scalars(select(Activity).order_by(Activity.starts_at, Activity.id)))


class TestSpread:
    def test_takes_working_days_and_one_after_the_other(self):
        spread = Spread(FRIDAY, 2, 9 * 60, 20)
        days = [FRIDAY, FRIDAY, FRIDAY + timedelta(days=3)]
        assert [spread.slot(n) for n in range(3)] == [
            Slot(on, minute) for on, minute in zip(days, (540, 560, 540), strict=True)
        ]
        assert Spread(FRIDAY + timedelta(days=1), 1).slot(5) == Slot(FRIDAY + timedelta(days=10), None)


@pytest.mark.shows("AC7")
class TestPlan:
    def test_spreads_over_colleagues_and_days(self, inside):
        ann, bo = make_agent(timezone="Europe/Berlin"), make_agent(timezone="Asia/Tokyo")
        chosen = [make_account(ann) for _ in range(5)]
        planned(ann, chosen, whose="these", members=[str(ann.id), str(bo.id)])
        rows = {
            one.id: [clock.local(a.starts_at, one.timezone) for a in made() if a.owner_id == one.id]
            for one in (ann, bo)
        }
        assert [(at.date(), at.hour, at.minute) for at in rows[ann.id]] == [
            (FRIDAY, 9, 0),
            (FRIDAY, 9, 20),
            (FRIDAY + timedelta(days=3), 9, 0),
        ]
        assert [(at.hour, at.minute) for at in rows[bo.id]] == [(9, 0), (9, 20)]
        assert {a.account_id for a in made()} == {one.id for one in chosen}

    def test_goes_to_whoever_looks_after_each(self, inside):
        ann, bo = make_agent(), make_agent()
        mine, theirs, loose = make_account(ann), make_account(bo), make_account()
        batch = planned(ann, [mine, theirs, loose], whose="owner")
        assert outcomes(batch) == [(Outcome.DONE, None), (Outcome.DONE, None), (Outcome.LEFT, Reason.POOL)]
        assert {a.owner_id for a in made()} == {ann.id, bo.id}

    def test_goes_on_where_it_was_cut_off(self, inside, monkeypatch):
        monkeypatch.setattr(actions, "CHUNK", 2)
        ann = make_agent()
        batch = actions.choose([make_account(ann).id for _ in range(5)], by=ann)
        actions.start(batch, Deed.PLAN, PLAN, by=ann)
        db.session.commit()
        next(actions.proceed(batch.id))
        db.session.commit()
        done(batch)
        assert len({a.starts_at for a in made()}) == len(made()) == 5

    def test_undo_leaves_what_is_a_colleagues_by_now(self, inside):
        ann = make_agent()
        batch = planned(ann, [make_account(ann)])
        activities.change(made()[0], {"owner": make_agent()}, version=None, by=make_member("manager"))
        actions.undo(batch, by=ann)
        assert outcomes(done(batch)) == [(Outcome.KEPT, Reason.CHANGED)]
        assert made()[0].cancelled_at is None

    def test_undo_leaves_what_was_moved_or_done(self, inside):
        ann = make_agent()
        batch = planned(ann, [make_account(ann) for _ in range(3)])
        one, two, three = made()
        activities.move(two, starts_at=two.starts_at + timedelta(hours=3), minutes=20, due_on=None, by=ann)
        activities.complete(three, by=ann)
        actions.undo(batch, by=ann)
        batch = done(batch)
        assert sorted(outcome for outcome, _reason in outcomes(batch)) == ["kept", "kept", "undone"]
        assert [a.cancelled_at is not None for a in made() if a.id == one.id] == [True]


class TestPages:
    @pytest.mark.shows("AC7")
    def test_shows_what_would_be_and_plans_it(self, here, client, post):
        sign_in(client, here, "manager", name="Mira")
        with scope.enter(here.id):
            bo = make_agent(name="Bo")
            chosen = [str(make_account(bo).id) for _ in range(3)]
            db.session.commit()
        answer = post(f"/{here.slug}/batches/choose/plan", data={"id": chosen})
        assert answer.location.endswith("#plan")
        page = answer.location.partition("#")[0]
        form = filled(client.get(page).get_data(as_text=True), f"{page}/plan")
        assert post(f"{page}/plan", data=form | {"subject": ""}).status_code == 422
        form |= {"subject": "Spring offer", "whose": "owner", "per_day": "2", "first": "2031-05-02"}
        shown = post(f"{page}/plan", data=form).get_data(as_text=True)
        assert "Bo 3 2 May" in words(shown)
        form = filled(shown, f"{page}/plan")
        with scope.enter(here.id):
            assert made() == []
        assert post(f"{page}/plan", data=form | {"seen": "1"}).status_code == 302
        with scope.enter(here.id):
            done(db.session.scalars(select(Batch)).one())
            assert len(made()) == 3
        assert "Planned 3" in words(client.get(page).get_data(as_text=True))

    def test_an_agent_plans_for_himself_alone(self, here, client, post):
        me = sign_in(client, here, "agent")
        with scope.enter(here.id):
            chosen = [str(make_account(me).id)]
            other = make_agent()
            db.session.commit()
        page = post(f"/{here.slug}/batches/choose/plan", data={"id": chosen}).location.partition("#")[0]
        form = filled(client.get(page).get_data(as_text=True), f"{page}/plan")
        assert "whose" not in form
        sent = form | {"subject": "x", "whose": "these", "members": str(other.id), "seen": "1"}
        assert post(f"{page}/plan", data=sent).status_code == 302
        with scope.enter(here.id):
            done(db.session.scalars(select(Batch)).one())
            assert [a.owner_id for a in made()] == [me.id]
