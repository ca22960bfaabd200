"""What can be done with activities."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from saas import clock
from saas.crm.activities import actions, queries
from saas.crm.activities.models import Activity, ActivityKind, Reminder, State
from saas.db import db, new_id
from saas.errors import Refused
from saas.jobs import runner
from saas.tenants import events, handover, notices, scope
from saas.tenants.events import EventName
from saas.tenants.models import Delivery, Event, MemberStatus, Notice
from saas.tenants.scope import SYSTEM
from saas.versions import Overtaken
from tests.factories import make_account, make_activity, make_agent, make_contact, make_tenant

SOON = timedelta(hours=3)


def later(span: timedelta) -> None:
    clock.shift((clock.offset() + span).total_seconds())


class TestPlan:
    def test_waits_until_it_is_late(self, tenant):
        planned = make_activity(minutes=30)
        assert planned.state(clock.now()) is State.PLANNED
        assert planned.state(planned.starts_at + timedelta(minutes=29)) is State.PLANNED
        assert planned.state(planned.starts_at + timedelta(minutes=30)) is State.LATE

    def test_without_an_hour_it_has_all_of_its_owners_day(self, tenant):
        owner = make_agent(timezone="Asia/Shanghai")
        planned = make_activity(owner, starts_at=None, due_on=date(2031, 5, 4))
        assert planned.starts_at == datetime(2031, 5, 3, 16, tzinfo=UTC)
        assert planned.late_at == datetime(2031, 5, 4, 16, tzinfo=UTC)

    def test_takes_the_customer_of_its_person(self, tenant):
        person = make_contact(make_account())
        assert make_activity(contact_id=person.id).account_id == person.account_id

    def test_refuses_a_person_of_another_customer(self, tenant):
        person, other = make_contact(make_account()), make_account()
        with pytest.raises(Refused, match="isn't at that customer"):
            make_activity(contact_id=person.id, account_id=other.id)

    def test_refuses_more_than_a_day(self, tenant):
        with pytest.raises(Refused, match="a day at most"):
            make_activity(minutes=24 * 60 + 1)

    def test_refuses_a_note(self, tenant):
        with pytest.raises(Refused, match="note"):
            make_activity(kind=ActivityKind.NOTE)


class TestLog:
    @pytest.mark.parametrize("kind", list(ActivityKind))
    def test_starts_the_clock_towards_the_pool_again_if_the_customer_was_reached(self, tenant, kind):
        owner = make_agent()
        account = make_account(owner=owner)
        later(timedelta(days=3))
        actions.log({"kind": kind, "subject": "", "account_id": account.id}, owner=owner, by=owner)
        reached = kind not in {ActivityKind.TASK, ActivityKind.NOTE}
        assert (account.last_contact_at is not None) is reached
        days = (account.reclaim_at - clock.now()).total_seconds() / 86400
        assert days == pytest.approx(15 if reached else 12, abs=0.1)

    def test_refuses_what_lies_ahead(self, tenant):
        owner = make_agent()
        values = {"kind": ActivityKind.CALL, "subject": "", "starts_at": clock.now() + SOON}
        with pytest.raises(Refused, match="lies ahead"):
            actions.log(values, owner=owner, by=owner)

    def test_what_was_long_ago_does_not_move_the_last_contact_back(self, tenant):
        owner = make_agent()
        account = make_account(owner=owner)
        for days in (1, 40):
            when = clock.now() - timedelta(days=days)
            values = {"kind": ActivityKind.VISIT, "subject": "", "starts_at": when, "account_id": account.id}
            actions.log(values, owner=owner, by=owner)
        assert clock.now() - account.last_contact_at < timedelta(days=2)

    def test_a_form_of_the_customer_that_is_open_meanwhile_is_not_overtaken(self, tenant):
        owner = make_agent()
        account = make_account(owner=owner)
        db.session.commit()
        seen = account.version
        actions.log({"kind": ActivityKind.CALL, "subject": "", "account_id": account.id}, owner=owner, by=owner)
        db.session.commit()
        db.session.refresh(account)
        assert account.version == seen
        assert account.last_contact_at is not None


class TestComplete:
    def test_turns_it_into_history(self, tenant):
        owner = make_agent()
        account = make_account(owner=owner)
        planned = make_activity(owner, account_id=account.id, reminders=[Reminder.HOUR])
        actions.complete(planned, outcome="They want two.", by=owner)
        assert planned.state(clock.now()) is State.DONE
        assert planned.reminder_at is None
        assert account.last_contact_at == planned.done_at
        assert queries.count_open(owner.id) == 0

    def test_twice_is_refused(self, tenant):
        planned = make_activity()
        actions.complete(planned, by=planned.owner)
        with pytest.raises(actions.Settled):
            actions.complete(planned, by=planned.owner)
        with pytest.raises(actions.Settled):
            actions.cancel(planned, by=planned.owner)

    def test_can_be_taken_back(self, tenant):
        planned = make_activity(reminders=[Reminder.HOUR])
        at = planned.reminder_at
        actions.complete(planned, outcome="Wrong line", by=planned.owner)
        actions.reopen(planned, by=planned.owner)
        assert planned.is_open
        assert (planned.outcome, planned.reminder_at) == (None, at)


class TestChange:
    def test_refuses_what_was_saved_meanwhile(self, tenant):
        planned = make_activity()
        with pytest.raises(Overtaken):
            actions.change(planned, {"subject": "Mine"}, version=planned.version - 1, by=planned.owner)

    def test_says_what_changed(self, tenant):
        planned = make_activity(subject="Before")
        actions.change(planned, {"subject": "After"}, version=None, by=planned.owner)
        event = db.session.scalars(select(Event).where(Event.name == actions.CHANGED)).one()
        assert event.changed["subject"] == ["Before", "After"]

    def test_given_to_a_colleague_elsewhere_it_takes_his_day(self, tenant):
        planned = make_activity(make_agent(timezone="Europe/Berlin"), starts_at=None, due_on=date(2031, 5, 4))
        colleague = make_agent(timezone="Asia/Shanghai")
        actions.change(planned, {"owner": colleague}, version=None, by=colleague)
        assert planned.starts_at == datetime(2031, 5, 3, 16, tzinfo=UTC)
        assert planned.owner_id == colleague.id

    def test_what_was_called_off_stays(self, tenant):
        planned = make_activity()
        actions.cancel(planned, by=planned.owner)
        with pytest.raises(actions.Settled):
            actions.change(planned, {"subject": "x"}, version=None, by=planned.owner)


@pytest.fixture
def place(context):
    """A workspace that is not in scope, as a worker finds it."""
    return make_tenant(slug=f"remind-{new_id().hex[-10:]}")


def run(place) -> None:
    runner.run_tenant(str(place.id))


def told(place) -> list[Notice]:
    with scope.enter(place.id):
        found = list(db.session.scalars(select(Notice).where(Notice.kind == "activity.due").order_by(Notice.id)))
        db.session.expunge_all()
        return found


class TestRemind:
    @pytest.fixture
    def planned(self, place):
        with scope.enter(place.id):
            made = make_activity(make_agent(timezone="Asia/Shanghai"), subject="Offer", reminders=[Reminder.HOUR])
            db.session.commit()
            return made.id

    def change(self, place, planned, **values):
        with scope.enter(place.id):
            activity = queries.lock_activity(planned)
            actions.change(activity, values, version=None, by=SYSTEM)
            db.session.commit()

    def test_tells_once_at_its_time(self, place, planned):
        run(place)
        assert told(place) == []
        later(timedelta(hours=2, minutes=1))
        run(place)
        run(place)
        (notice,) = told(place)
        assert notice.url == f"/{place.slug}/activities/{planned}"
        with scope.enter(place.id):
            mails = db.session.scalars(select(Delivery).where(Delivery.handler == notices.MAIL_JOB)).all()
            assert len(mails) == 1

    def test_goes_along_when_it_is_moved(self, place, planned):
        self.change(place, planned, starts_at=clock.now() + timedelta(hours=30))
        later(timedelta(hours=2, minutes=1))
        run(place)
        assert told(place) == []
        later(timedelta(hours=27))
        run(place)
        assert len(told(place)) == 1

    def test_moved_there_and_back_tells_once(self, place, planned):
        with scope.enter(place.id):
            start = queries.lock_activity(planned).starts_at
        self.change(place, planned, starts_at=start + timedelta(hours=5))
        self.change(place, planned, starts_at=start)
        later(timedelta(hours=9))
        run(place)
        assert len(told(place)) == 1

    @pytest.mark.parametrize("verb", [actions.cancel, actions.complete])
    def test_is_silent_once_it_is_settled(self, place, planned, verb):
        with scope.enter(place.id):
            verb(queries.lock_activity(planned), by=SYSTEM)
            db.session.commit()
        later(timedelta(hours=5))
        run(place)
        assert told(place) == []

    def test_says_the_hour_on_the_owners_clock(self, place):
        with scope.enter(place.id):
            owner = make_agent(timezone="Asia/Shanghai", locale="zh")
            now = clock.now()
            clock.shift((datetime(now.year + 1, 3, 4, 5, 0, tzinfo=UTC) - now).total_seconds())
            start = datetime(now.year + 1, 3, 4, 6, 30, tzinfo=UTC)
            make_activity(owner, subject="报价", starts_at=start, reminders=[Reminder.HOUR])
            db.session.commit()
        later(timedelta(minutes=31))
        run(place)
        (notice,) = told(place)
        with scope.enter(place.id):
            line = notices.line_of(notice)
        assert line is not None
        assert "14:30" in line.text

    def test_when_its_instant_has_passed_it_tells_at_once(self, place):
        with scope.enter(place.id):
            make_activity(starts_at=clock.now() + timedelta(minutes=20), reminders=[Reminder.HOUR])
            make_activity(starts_at=clock.now() - timedelta(minutes=20), minutes=60, reminders=[Reminder.HOUR])
            db.session.commit()
        run(place)
        assert len(told(place)) == 1

    @pytest.mark.shows("AC4")
    def test_several_come_one_after_the_other(self, place):
        with scope.enter(place.id):
            some = [Reminder.HOUR, Reminder.MINUTES_10, Reminder.DAY]
            made = make_activity(starts_at=clock.now() + timedelta(hours=3), reminders=some)
            db.session.commit()
        run(place)
        assert len(told(place)) == 1  # that of the day before has passed: it comes at once
        for ahead, many in ((timedelta(hours=2, minutes=1), 2), (timedelta(minutes=30), 2), (timedelta(minutes=20), 3)):
            later(ahead)
            run(place)
            run(place)
            assert len(told(place)) == many
        with scope.enter(place.id):
            assert queries.lock_activity(made.id).reminder_at is None

    def test_who_has_left_hears_nothing(self, place, planned):
        with scope.enter(place.id):
            queries.lock_activity(planned).owner.status = MemberStatus.DISABLED
            db.session.commit()
        later(timedelta(hours=5))
        run(place)
        assert told(place) == []


class TestKeepLocal:
    def test_whoever_moves_takes_his_mornings_along(self, place):
        with scope.enter(place.id):
            owner = make_agent(timezone="Europe/Berlin")
            on = (clock.now() + timedelta(days=3)).date()
            planned = make_activity(owner, starts_at=None, due_on=on, reminders=[Reminder.MORNING])
            call = make_activity(owner, starts_at=clock.now() + timedelta(days=3), reminders=[Reminder.HOUR])
            kept = (call.starts_at, call.reminder_at)
            events.record(
                EventName.MEMBER_CHANGED, owner, by=owner, changed={"timezone": ["Europe/Berlin", "Asia/Tokyo"]}
            )
            owner.timezone = "Asia/Tokyo"
            db.session.commit()
        run(place)
        with scope.enter(place.id):
            moved = queries.lock_activity(planned.id)
            assert moved.reminder_at == datetime(on.year, on.month, on.day, 0, tzinfo=UTC)
            again = queries.lock_activity(call.id)
            assert (again.starts_at, again.reminder_at) == kept


class TestCreateActivities:
    def test_writes_planned_and_past_and_touches_each_customer_once(self, tenant):
        owner = make_agent()
        accounts = [make_account(owner=owner) for _ in range(2)]
        past = clock.now() - timedelta(days=1)
        rows = [
            {"kind": ActivityKind.CALL, "subject": f"{n}", "owner": owner, "account": account, "starts_at": past}
            | ({"done_at": past} if n < 4 else {})
            for n, account in enumerate(accounts * 3)
        ]
        made = actions.create_activities(rows, by=SYSTEM, batch_id=new_id())
        assert [a.is_open for a in made] == [False] * 4 + [True] * 2
        assert [a.last_contact_at for a in accounts] == [past, past]
        names = list(db.session.scalars(select(Event.name).where(Event.subject_kind == "activity")))
        assert sorted(names) == [actions.LOGGED] * 4 + [actions.PLANNED] * 2


class TestHandOver:
    def test_gives_what_was_planned_to_the_heir(self, tenant):
        leaver, heir = make_agent(), make_agent()
        planned, past = make_activity(leaver, reminders=[Reminder.HOUR]), make_activity(leaver)
        actions.complete(past, by=leaver)
        held = {h.key: (h, n) for h, n in handover.held_by(leaver.id)}
        holding, count = held["activity.owner_id"]
        assert count == 1
        assert len(holding.pass_on(leaver.id, heir, SYSTEM, new_id(), handover.ALL)) == 1
        db.session.expire_all()
        owners = {row.id: row.owner_id for row in db.session.execute(select(Activity.id, Activity.owner_id))}
        assert owners == {planned.id: heir.id, past.id: leaver.id}
