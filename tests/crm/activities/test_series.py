"""What comes again: by which rule, what stands ahead, and what one of them being moved or called off leaves alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import select

from saas import clock
from saas.crm.activities import actions, address_actions, guest_actions, queries, series_actions, series_queries
from saas.crm.activities.models import Activity, ActivityKind, Frequency, Guest, Reminder
from saas.crm.activities.repeats import Repeat
from saas.crm.customers import actions as customers
from saas.db import db
from saas.errors import Refused
from saas.jobs import runner
from saas.tenants import handover, scope
from saas.tenants.models import MemberStatus
from saas.tenants.scope import SYSTEM
from tests.factories import make_account, make_agent, make_tenant, sign_in
from tests.pages import filled, whole, words

D = date


@pytest.fixture
def here(context):
    """A committed workspace."""
    return make_tenant()


@pytest.fixture(autouse=True)
def _the_clock():
    yield
    clock.shift(0)


def begun(owner=None, frequency=Frequency.WEEKLY, by=SYSTEM, zone="Europe/Berlin", **given) -> Activity:
    owner = owner or make_agent(timezone=zone)
    rule = {name: given.pop(name) for name in ("every", "weekdays", "until", "times") if name in given}
    start = given.pop("starts_at", clock.now() + timedelta(days=1))
    values = {"kind": ActivityKind.CALL, "subject": "Jour fixe", "starts_at": start} | given
    repeat = Repeat(frequency, (given.get("due_on") or start.date()), **rule)
    return series_actions.begin(values, repeat, owner=owner, by=by)


def all_of(first) -> list[Activity]:
    found = select(Activity).where(Activity.series_id == first.series_id).order_by(Activity.occurs_on)
    return list(db.session.scalars(found))


class TestRepeat:
    @pytest.mark.parametrize(
        ("rule", "days"),
        [
            (Repeat(Frequency.DAILY, D(2026, 1, 30), 2), [D(2026, 1, 30), D(2026, 2, 1), D(2026, 2, 3)]),
            (Repeat(Frequency.WEEKLY, D(2026, 1, 5), 2, (0, 2)), [D(2026, 1, 5), D(2026, 1, 7), D(2026, 1, 19)]),
            (Repeat(Frequency.MONTHLY, D(2026, 1, 31)), [D(2026, 1, 31), D(2026, 2, 28), D(2026, 3, 31)]),
            (Repeat(Frequency.YEARLY, D(2024, 2, 29)), [D(2024, 2, 29), D(2025, 2, 28), D(2026, 2, 28)]),
        ],
    )
    def test_has_these_days(self, rule, days):
        assert list(islice(rule.days(), 3)) == days
        assert next(rule.days(days[0])) == days[1]

    def test_ends_by_day_or_by_number(self):
        assert list(Repeat(Frequency.DAILY, D(2026, 1, 1), until=D(2026, 1, 2)).days()) == [
            D(2026, 1, 1),
            D(2026, 1, 2),
        ]
        assert Repeat(Frequency.MONTHLY, D(2026, 1, 1), times=3).last() == D(2026, 3, 1)
        assert Repeat(Frequency.DAILY, D(2026, 1, 1)).last() is None


class TestProlong:
    def test_makes_the_next_weeks_once(self, tenant):
        first = begun(reminders=[Reminder.HOUR])
        made = series_actions.prolong(first.series_id)
        assert [one.occurs_on for one in made[:2]] == [first.occurs_on + timedelta(days=7 * n) for n in (1, 2)]
        assert len(all_of(first)) == 1 + len(made) == 9
        assert all(one.reminder_at is not None for one in made)
        assert series_actions.prolong(first.series_id) == []

    def test_keeps_the_hour_on_the_wall_where_clocks_change(self, tenant):
        start = datetime(clock.now().year + 1, 3, 10, 8, 0, tzinfo=UTC)  # 9:00 in Berlin
        clock.shift((start - timedelta(days=1) - clock.now()).total_seconds())
        first = begun(starts_at=start)
        series_actions.prolong(first.series_id)
        assert {clock.local(one.starts_at, "Europe/Berlin").hour for one in all_of(first)} == {9}
        assert {one.starts_at.hour for one in all_of(first)} == {7, 8}

    def test_has_the_next_one_ready_however_far_ahead(self, tenant):
        first = begun(frequency=Frequency.YEARLY)
        assert series_actions.prolong(first.series_id) == []
        actions.complete(first, by=SYSTEM)
        (made,) = series_actions.prolong(first.series_id)
        assert made.occurs_on.year == first.occurs_on.year + 1
        assert series_actions.prolong(first.series_id) == []

    def test_leaves_a_moved_and_a_called_off_one_alone(self, tenant):
        first = begun()
        second, third = series_actions.prolong(first.series_id)[:2]
        actions.move(second, starts_at=second.starts_at + timedelta(days=2), minutes=30, due_on=None, by=SYSTEM)
        actions.cancel(third, by=SYSTEM)
        clock.shift(timedelta(days=30).total_seconds())
        made = series_actions.prolong(first.series_id)
        days = [one.occurs_on for one in all_of(first)]
        assert len(made) == 4
        assert len(days) == len(set(days))

    def test_is_of_whole_days_too_and_takes_guests_along(self, tenant):
        bo, on = make_agent(), (clock.now() + timedelta(days=3)).date()
        first = begun(starts_at=None, due_on=on)
        guest_actions.set_guests(first, [bo], [], by=SYSTEM)
        made = series_actions.prolong(first.series_id)
        assert made[0].due_on == on + timedelta(days=7)
        assert len(list(db.session.scalars(select(Guest).where(Guest.member_id == bo.id)))) == 1 + len(made)

    def test_stops_where_nobody_does_it_or_the_customer_is_put_away(self, tenant):
        leaver, acme = make_agent(), make_account()
        one, other = begun(leaver), begun(account_id=acme.id)
        leaver.status = MemberStatus.DISABLED
        customers.archive_account(acme, by=make_agent())
        assert [series_actions.prolong(first.series_id) for first in (one, other)] == [[], []]

    def test_a_worker_does_it_when_one_is_done_and_each_night(self, here):
        with scope.enter(here.id):
            first = begun(frequency=Frequency.YEARLY)
            db.session.commit()
            actions.complete(queries.lock_activity(first.id), by=SYSTEM)
            db.session.commit()
        runner.run_tenant(str(here.id))
        with scope.enter(here.id):
            assert len(all_of(first)) == 2
            weekly = begun()
            db.session.commit()
            for _page in series_actions.prolong_all():
                db.session.commit()
            assert len(all_of(weekly)) == 9
            assert len(all_of(first)) == 2


class TestEnd:
    def test_calls_off_what_follows_and_is_taken_back(self, tenant):
        first = begun()
        series_actions.prolong(first.series_id)
        third = all_of(first)[2]
        actions.cancel(all_of(first)[4], by=SYSTEM)
        assert series_actions.end(third, by=SYSTEM) == 6
        assert [one.is_open for one in all_of(first)] == [True, True, *[False] * 7]
        assert series_actions.prolong(first.series_id) == []
        series_actions.resume(third, by=SYSTEM)
        assert [one.is_open for one in all_of(first)] == [True, True, True, True, False, True, True, True, True]

    def test_what_comes_once_has_no_end(self, tenant):
        once = actions.plan({"kind": "call", "subject": "x", "starts_at": clock.now()}, owner=make_agent(), by=SYSTEM)
        with pytest.raises(actions.Settled):
            series_actions.end(once, by=SYSTEM)

    def test_ends_after_it_begins(self, tenant):
        with pytest.raises(Refused):
            begun(until=clock.now().date() - timedelta(days=9))


class TestHandOver:
    def test_goes_to_the_heir(self, tenant):
        ann, bo = make_agent(), make_agent()
        first = begun(ann)
        held = {holding.key: holding for holding, _many in handover.held_by(ann.id)}
        for key in ("activity_series.owner_id", "activity.owner_id"):
            held[key].pass_on(ann.id, bo, SYSTEM, first.id, handover.ALL)
        made = series_actions.prolong(first.series_id)
        assert {one.owner_id for one in [first, *made]} == {bo.id}


class TestPages:
    PLAN = {"kind": "call", "subject": "Jour fixe", "day": "2031-05-05", "hour": "09:30", "minutes": "30"}  # a Monday

    @pytest.mark.shows("AC4", "AC13")
    def test_is_planned_changed_and_called_off(self, here, client, post):
        clock.shift((datetime(2031, 5, 4, 8, tzinfo=UTC) - clock.now()).total_seconds())
        sign_in(client, here, "agent", timezone="Europe/Berlin")
        path = f"/{here.slug}/activities/new"
        again = {"repeat": "weekly", "every": "2", "weekdays": "2", "until": "2031-07-01"}
        assert post(path, data=self.PLAN | again | {"until": "2031-05-01"}).status_code == 422
        assert post(path, data=self.PLAN | again).status_code == 302
        with scope.enter(here.id):
            made = list(db.session.scalars(select(Activity).order_by(Activity.occurs_on)))
            days = [one.occurs_on for one in made]
            first, second = made[0].id, made[1].id
        assert days[:4] == [D(2031, 5, 5), D(2031, 5, 7), D(2031, 5, 19), D(2031, 5, 21)]
        page = whole(client, f"/{here.slug}/activities/{first}")
        assert "every 2 weeks on Mon, Wed until" in words(page)
        edit = f"/{here.slug}/activities/{second}/series"
        form = filled(client.get(edit).get_data(as_text=True), edit)
        assert (form["repeat"], form["every"], form["day"]) == ("weekly", "2", "2031-05-07")
        assert (
            post(edit, data=form | {"subject": "Review", "repeat": "monthly", "every": "1", "times": "3"}).status_code
            == 302
        )
        with scope.enter(here.id):
            open_ = select(Activity).where(queries.IS_OPEN).order_by(Activity.starts_at)
            left = [(one.subject, one.starts_at.date()) for one in db.session.scalars(open_)]
            review = db.session.scalars(select(Activity.id).where(Activity.subject == "Review")).first()
        assert left == [
            ("Jour fixe", D(2031, 5, 5)),
            ("Review", D(2031, 5, 7)),
            ("Review", D(2031, 6, 7)),
        ]
        assert post(f"/{here.slug}/activities/{review}/series/end").status_code == 302
        with scope.enter(here.id):
            assert len(list(db.session.scalars(open_))) == 1
        assert post(f"/{here.slug}/activities/{review}/series/resume").status_code == 302
        with scope.enter(here.id):
            assert len(list(db.session.scalars(open_))) == 3

    def test_a_calendar_program_is_told_the_rest_of_the_rule(self, here, client):
        me = sign_in(client, here, "agent", timezone="Europe/Berlin")
        with scope.enter(here.id):
            first = begun(me, times=20)
            series_actions.prolong(first.series_id)
            secret = address_actions.make(me)
            last = series_queries.rule(series_queries.series(first.series_id)).last()
            db.session.commit()
        file = client.get(f"/{here.slug}/activities/address/{secret}.ics").get_data()
        events = Calendar.from_ical(file).walk("VEVENT")
        (rest,) = [one for one in events if "RRULE" in one]
        assert len(events) == 9 + 1
        assert rest["DTSTART"].dt.date() == first.occurs_on + timedelta(days=63)
        assert rest["DTSTART"].params["TZID"] == "Europe/Berlin"
        assert rest["RRULE"]["UNTIL"][0].astimezone(ZoneInfo("Europe/Berlin")).date() == last
