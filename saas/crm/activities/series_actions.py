"""What is done with what comes again. The next ones stand as activities of their own, so that each can be moved,
done or called off by itself; the rest of the rule waits until a worker makes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext

from saas import clock
from saas.crm.activities import actions, series_queries, times
from saas.crm.activities import reminder_actions as reminders
from saas.crm.activities.models import Activity, Guest, Series
from saas.crm.activities.repeats import Repeat
from saas.db import db, new_id
from saas.errors import Refused
from saas.tenants import events, handover
from saas.tenants.handover import ALL, Holding, Part
from saas.tenants.models import Member, MemberStatus
from saas.tenants.scope import SYSTEM, Actor

BEGUN, ENDED, RESUMED = "activity.repeated", "activity.series_ended", "activity.series_resumed"
GIVEN = "activity_series.given"
CAME_AGAIN = "activity.came_again"  # audit only: a timeline that tells each one would tell nothing else
HORIZON = timedelta(days=60)  # that activities are made ahead
MOST = 70  # made at once
PAGE = 200  # series a worker looks at before it commits
COPIED = (
    "kind",
    "subject",
    "text",
    "account_id",
    "contact_id",
    "about_kind",
    "about_id",
    "minutes",
    "reminders",
    "place",
    "cost",
)


def begin(values: Mapping[str, Any], repeat: Repeat, *, owner: Member, by: Actor) -> Activity:
    """Plan an activity that comes again; `prolong` makes those that follow.

    Args:
        values: as for `actions.plan`, of the first.
        repeat: the rule; it begins on the day of the first, on the owner's clock.
        owner: who is to do them.
        by: who plans it.

    Returns:
        The first one.

    Raises:
        Archived, Refused: as for `actions.plan`; or the rule ends before it begins.
    """
    first = actions.plan(values, owner=owner, by=by)
    on, minute = _on_clock(first)
    repeat = begun_on(repeat, on)
    if repeat.until is not None and repeat.until < on:
        raise Refused(_("It ends before it begins."), field="until")
    copied = {name: getattr(first, name) for name in COPIED}
    series = Series(id=new_id(), owner_id=owner.id, minute=minute, made_until=on, **copied, **_columns(repeat))
    db.session.add(series)
    db.session.flush()
    first.series_id, first.occurs_on = series.id, on
    db.session.flush()
    events.record(BEGUN, first, by=by, changed=actions.facts(first))
    return first


def prolong(series_id: UUID) -> list[Activity]:
    """Make the activities of a series that the next weeks bring, and at least the next one; safe to run twice.

    Returns:
        Those that were made; none where the series is over, its owner has left or its customer was put away.
    """
    series = series_queries.lock(series_id)
    records = (series.account, series.contact)
    if series.ended_at is not None or series.owner.status is not MemberStatus.ACTIVE:
        return []
    if any(one.archived for one in records if one is not None):
        return []
    days = list(_lacking(series))
    if not days:
        return []
    guests = series_queries.guests_of_latest(series.id)
    rows = [_row(series, on) for on in days]
    made = actions.create_activities(rows, by=SYSTEM, batch_id=new_id(), told_as=CAME_AGAIN)
    db.session.add_all(
        Guest(activity_id=activity.id, member_id=member, contact_id=contact)
        for activity in made
        for member, contact in guests
    )
    series.made_until = days[-1]
    db.session.flush()
    return made


def follow(activity_id: UUID) -> None:
    """See that the next one stands once one of a series is settled; nothing for what comes once."""
    series_id = series_queries.of_activity(activity_id)
    if series_id is not None:
        prolong(series_id)


def prolong_all() -> Iterator[None]:
    """`prolong` every series of the workspace; the caller commits at each yield."""
    after: UUID | None = None
    while page := series_queries.running(after, PAGE):
        for series_id in page:
            prolong(series_id)
        after = page[-1]
        yield


def end(activity: Activity, *, by: Actor) -> int:
    """Call off one of a series and all that follow; returns how many were still planned.

    Raises:
        Settled: it doesn't come again.
    """
    series, now = _series_of(activity), clock.now()
    gone = series_queries.open_from(series.id, activity.occurs_on or series.starts_on)
    for one in gone:
        one.cancelled_at, one.reminder_at = now, None
    series.ended_at = now
    db.session.flush()
    events.record(ENDED, activity, by=by, changed=actions.facts(activity) | {"many": len(gone)})
    return len(gone)


def resume(activity: Activity, *, by: Actor) -> None:
    """Let a series that was ended go on, with all that went with it; nothing where it goes on."""
    series = _series_of(activity)
    if series.ended_at is None:
        return
    back = series_queries.called_off_at(series.id, series.ended_at)
    for one in back:
        one.cancelled_at = None
    series.ended_at = None
    db.session.flush()
    reminders.ask_reminders(back)
    events.record(RESUMED, activity, by=by, changed=actions.facts(activity))


def begin_anew(
    activity: Activity, values: Mapping[str, Any], repeat: Repeat | None, *, owner: Member, by: Actor
) -> Activity:
    """End a series with the one before this, and begin another in its place, or plan a single one; returns the first.

    Raises:
        Settled: it doesn't come again.
        Archived, Refused: as for `begin`.
    """
    kept = {name: getattr(activity, name) for name in ("account_id", "about_kind", "about_id")}
    end(activity, by=by)
    if repeat is None:
        return actions.plan({**kept, **values}, owner=owner, by=by)
    return begin({**kept, **values}, repeat, owner=owner, by=by)


def hand_over(leaver_id: UUID, heir: Member, by: Actor, batch_id: UUID, part: Part = ALL) -> list[UUID]:
    """Let what comes again of a leaver be his heir's from now on; returns the ids of the series."""
    found = series_queries.of_owner(leaver_id, *part.of(Series))
    for series in found:
        series.owner_id = heir.id
    db.session.flush()
    facts = {"owner": [None, heir.name], "owner_id": heir.id}
    events.record_many(GIVEN, [(one, facts | {"subject": one.subject}) for one in found], by=by, batch_id=batch_id)
    return [series.id for series in found]


handover.register(
    Holding(
        "activity_series.owner_id",
        lambda n: ngettext("%(num)s activity that comes again", "%(num)s activities that come again", n),
        series_queries.count_owned,
        hand_over,
    )
)


def begun_on(repeat: Repeat, on: date) -> Repeat:
    """The rule as it begins on a day: where weekdays were chosen, that of this day is one of them."""
    weekdays = tuple(sorted({*repeat.weekdays, on.weekday()})) if repeat.weekdays else ()
    return replace(repeat, starts_on=on, weekdays=weekdays)


def _on_clock(activity: Activity) -> tuple[date, int | None]:
    """The day on the owner's clock, and the minute of it; None: any time of the day."""
    if activity.due_on is not None:
        return activity.due_on, None
    here = clock.local(activity.starts_at, activity.owner.timezone)
    return here.date(), here.hour * 60 + here.minute


def _series_of(activity: Activity) -> Series:
    if activity.series_id is None:
        raise actions.Settled(_("This comes only once."))
    return series_queries.lock(activity.series_id)


def _columns(repeat: Repeat) -> dict[str, Any]:
    return {
        "frequency": repeat.frequency,
        "every": repeat.every,
        "weekdays": [str(day) for day in repeat.weekdays],
        "starts_on": repeat.starts_on,
        "until": repeat.until,
        "times": repeat.times,
    }


def _lacking(series: Series) -> Iterator[date]:
    """The days whose activities are to be made: those of the next weeks, else the next one."""
    today = clock.local(clock.now(), series.owner.timezone).date()
    has_next = series_queries.has_ahead(series.id, today)
    many = 0
    for on in series_queries.rule(series).days(series.made_until):
        if many == MOST or (on > today + HORIZON and has_next):
            return
        many, has_next = many + 1, has_next or on >= today
        yield on


def _row(series: Series, on: date) -> dict[str, Any]:
    copied = {name: getattr(series, name) for name in COPIED if not name.endswith("_id") or name == "about_id"}
    when: dict[str, Any] = {"due_on": on}
    if series.minute is not None:
        when = {"starts_at": times.instant(on, time(*divmod(series.minute, 60)), series.owner.timezone)}
    people = {"owner": series.owner, "account": series.account, "contact": series.contact}
    return copied | when | people | {"series_id": series.id, "occurs_on": on}
