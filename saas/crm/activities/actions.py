"""What can be done with activities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext

from saas import clock
from saas.archive import refuse_archived
from saas.crm.activities import kind_queries, queries
from saas.crm.activities import mention_actions as mentions
from saas.crm.activities import reminder_actions as reminders
from saas.crm.activities.models import Activity, ActivityKind
from saas.crm.customers import actions as customers
from saas.crm.customers import ownership
from saas.crm.customers import queries as accounts
from saas.db import db, new_id
from saas.errors import Conflict, Refused
from saas.tenants import events, handover
from saas.tenants import queries as tenants
from saas.tenants.handover import ALL, Holding, Part
from saas.tenants.models import Member, MemberStatus
from saas.tenants.scope import Actor
from saas.versions import Overtaken

PLANNED, LOGGED, CHANGED = "activity.planned", "activity.logged", "activity.changed"
COMPLETED, CANCELLED, REOPENED = "activity.completed", "activity.cancelled", "activity.reopened"
HANDED_OVER = "activity.handed_over"
LONGEST = 24 * 60  # minutes
AHEAD = timedelta(minutes=5)  # that a clock of the reader's may be fast when he says something has happened
WHEN = ("starts_at", "due_on", "reminders")  # what moves the reminder


class Settled(Conflict):
    """The activity is done or called off already."""


def plan(values: Mapping[str, Any], *, owner: Member, by: Actor) -> Activity:
    """Plan an activity.

    Args:
        values: columns of Activity that a person may type; `starts_at`, or `due_on` where no hour is known.
        owner: who is to do it.
        by: who plans it.

    Raises:
        Archived: the customer or contact was put away.
        Refused: a note can't be planned; the contact isn't at the customer; it is to take longer than a day.
    """
    if values.get("kind") == ActivityKind.NOTE:
        raise Refused(_("A note is written down at once; plan a task instead."), field="kind")
    activity = _new(values, owner)
    reminders.set_reminder(activity)
    event = events.record(PLANNED, activity, by=by, changed=facts(activity))
    mentions.tell_mentioned(activity, event.id, by=by)
    return activity


def log(values: Mapping[str, Any], *, owner: Member, by: Actor) -> Activity:
    """Write down what has happened, straight into history; now, unless `starts_at` says when.

    Raises:
        Refused: it lies in the future; otherwise as for `plan`.
    """
    now = clock.now()
    values = dict(values) if values.get("due_on") else {"starts_at": now} | dict(values)
    activity = _new(values | {"reminders": []}, owner)
    if activity.starts_at > now + AHEAD:
        raise Refused(_("This lies ahead. Plan it instead."), field="day")
    activity.done_at = now
    _touch(activity, at=min(activity.starts_at, now))
    event = events.record(LOGGED, activity, by=by, changed=facts(activity))
    mentions.tell_mentioned(activity, event.id, by=by)
    return activity


def change(activity: Activity, values: Mapping[str, Any], *, version: int | None, by: Actor) -> dict[str, Any]:
    """Write what a form holds; the reminder moves along. Returns what changed, field → [before, after].

    Args:
        activity: planned or past; of one called off, nothing can change.
        values: columns, as for `plan`; `owner` (Member) gives it to a colleague.
        version: the one that the form was made from; None: whatever it is.

    Raises:
        Overtaken: the record is no longer at `version`.
        Settled: it was called off.
        Archived: the customer or contact that it is now with was put away.
        Refused: as for `plan`.
    """
    if version is not None and version != activity.version:
        raise Overtaken(activity)
    if activity.cancelled_at is not None:
        raise Settled(_("This was called off. Plan it anew first."))
    given = dict(values)
    owner = given.pop("owner", None)
    kept = {name: getattr(activity, name) for name in ("minutes", "contact_id", "account_id")}
    _check(kept | given)
    changed = customers.apply(activity, given)
    if owner is not None and owner.id != activity.owner_id:
        changed["owner"] = [activity.owner.name, owner.name]
        _give(activity, owner)
    if not changed:
        return {}
    if {"contact_id", "account_id"} & changed.keys():
        _follow_contact(activity)
        refuse_archived(activity.account, activity.contact)
    reminders.set_span(activity)
    if activity.is_open and {*WHEN, "owner"} & changed.keys():
        reminders.set_reminder(activity)
    db.session.flush()
    events.record(CHANGED, activity, by=by, changed={"kind": activity.kind, "subject": activity.title} | changed)
    return changed


def move(
    activity: Activity, *, starts_at: datetime | None, minutes: int | None, due_on: date | None, by: Actor
) -> None:
    """Put an activity on another time, as by drawing it across the calendar.

    Raises:
        Settled: it is done or called off.
        Refused: it would take longer than a day.
    """
    if not activity.is_open:
        raise Settled(_("This is history; it stays where it was."))
    when: dict[str, Any] = {"minutes": minutes, "due_on": due_on}
    change(activity, when | ({"starts_at": starts_at} if starts_at else {}), version=None, by=by)


def complete(
    activity: Activity,
    *,
    outcome: str | None = None,
    result: str | None = None,
    cost: Decimal | None = None,
    at: datetime | None = None,
    by: Actor,
) -> None:
    """Turn a planned activity into history; the customer was spoken to, unless it is a task.

    Args:
        activity: planned.
        outcome: what came of it.
        result: the same in a word of the workspace's.
        cost: what it took, in the workspace's currency; None leaves what was planned.
        at: when it was done; now when left out.
        by: who says so.

    Raises:
        Settled: it is done or called off already.
        Refused: `at` lies in the future.
    """
    now = clock.now()
    done = at or now
    if not activity.is_open:
        raise Settled(_("This was settled a moment ago."))
    if done > now + AHEAD:
        raise Refused(_("This lies ahead. Say so when it is done."), field="day")
    activity.done_at, activity.outcome = min(done, now), outcome
    activity.result = result or activity.result
    activity.cost = cost if cost is not None else activity.cost
    activity.reminder_at = None
    _touch(activity, at=activity.done_at)
    events.record(COMPLETED, activity, by=by, changed=facts(activity))


def cancel(activity: Activity, *, by: Actor) -> None:
    """Call off a planned activity; it stays in the trail and leaves calendar and lists.

    Raises:
        Settled: it is done or called off already.
    """
    if not activity.is_open:
        raise Settled(_("This was settled a moment ago."))
    activity.cancelled_at, activity.reminder_at = clock.now(), None
    events.record(CANCELLED, activity, by=by, changed=facts(activity))


def reopen(activity: Activity, *, by: Actor) -> None:
    """Plan anew what was called off, or done by mistake; the customer's last contact stays as it was set."""
    if activity.is_open or activity.kind == ActivityKind.NOTE:
        return
    activity.done_at, activity.cancelled_at, activity.outcome = None, None, None
    reminders.set_reminder(activity)
    events.record(REOPENED, activity, by=by, changed=facts(activity))


def create_activities(
    rows: Sequence[Mapping[str, Any]], *, by: Actor, batch_id: UUID | None = None, told_as: str = PLANNED
) -> list[Activity]:
    """Write many activities whose values were checked; rows and events, each in one insert.

    Args:
        rows: columns of Activity, but `owner` (Member) and perhaps `account` and `contact` (their rows) in place of
            ids; with `done_at` it is history.
        by: who adds them.
        batch_id: shared by their events.
        told_as: the event of those that are planned.
    """
    if not rows:
        return []
    made = []
    for given in rows:
        activity = Activity(id=new_id(), **{name: value for name, value in given.items() if value is not None})
        for name in ("owner", "account", "contact"):
            setattr(activity, f"{name}_id", given[name].id if given.get(name) else None)
        activity.team_id = given["owner"].team_id
        reminders.set_span(activity)
        made.append(activity)
    db.session.add_all(made)
    db.session.flush()
    _touch_all(made)
    reminders.ask_reminders(made)
    for name, some in ((LOGGED, [a for a in made if a.done_at]), (told_as, [a for a in made if a.is_open])):
        events.record_many(name, [(a, facts(a)) for a in some], by=by, batch_id=batch_id)
    return made


def hand_over(leaver_id: UUID, heir: Member, by: Actor, batch_id: UUID, part: Part = ALL) -> list[UUID]:
    """Give what a leaver had planned to `heir`, reminders too; returns the ids."""
    found = queries.open_of(leaver_id, *part.of(Activity))
    rows = []
    for activity in found:
        rows.append(
            (activity, {"kind": activity.kind, "subject": activity.title, "owner": [activity.owner.name, heir.name]})
        )
        _give(activity, heir)
        reminders.set_span(activity)
    db.session.flush()
    reminders.ask_reminders(found)
    events.record_many(HANDED_OVER, rows, by=by, batch_id=batch_id)
    return [activity.id for activity in found]


handover.register(
    Holding(
        "activity.owner_id",
        lambda n: ngettext("%(num)s planned activity", "%(num)s planned activities", n),
        queries.count_open,
        hand_over,
    )
)


# ── how a row is kept true ──────────────────────────────────────────────────────────────────────────────────────────


def _new(values: Mapping[str, Any], owner: Member) -> Activity:
    _check(values)
    activity = Activity(id=new_id(), **values)
    _give(activity, owner)
    _follow_contact(activity)
    refuse_archived(activity.account, activity.contact)
    reminders.set_span(activity)
    db.session.add(activity)
    db.session.flush()
    return activity


def _check(values: Mapping[str, Any]) -> None:
    minutes = values.get("minutes")
    if minutes is not None and not 0 <= minutes <= LONGEST:
        raise Refused(_("An activity takes a day at most."), field="minutes")
    contact_id, account_id = values.get("contact_id"), values.get("account_id")
    if contact_id is None or account_id is None:
        return
    if not accounts.is_at(queries.contact(contact_id), account_id):
        raise Refused(_("This person isn't at that customer."), field="contact_id")


def _give(activity: Activity, owner: Member) -> None:
    activity.owner = owner
    activity.owner_id, activity.team_id = owner.id, owner.team_id


def _follow_contact(activity: Activity) -> None:
    """Set the rows behind the ids; one with a person is with that person's customer."""
    if activity.contact_id is not None:
        activity.contact = queries.contact(activity.contact_id)
        activity.account_id = activity.account_id or activity.contact.account_id
    activity.account = queries.account(activity.account_id) if activity.account_id else None


def _touch(activity: Activity, *, at: datetime) -> None:
    if activity.account_id is not None and kind_queries.of(activity.kind).reaches:
        ownership.touch(accounts.lock_account(activity.account_id), at)


def _touch_all(activities: Sequence[Activity]) -> None:
    """`_touch` for many: the rows of their customers locked in one order, the rules read once."""
    latest: dict[UUID, datetime] = {}
    kinds = kind_queries.every()
    reaching = {key for key, kind in kinds.items() if kind.reaches}
    for activity in activities:
        if activity.done_at is not None and activity.account_id is not None and activity.kind in reaching:
            at = min(activity.starts_at, activity.done_at)
            latest[activity.account_id] = max(at, latest.get(activity.account_id, at))
    for account in queries.lock_accounts(sorted(latest)):
        ownership.touch(account, latest[account.id])


def facts(activity: Activity) -> dict[str, Any]:
    """What the timeline tells; it is read from the event alone."""
    found = {
        "kind": activity.kind,
        "subject": activity.title,
        "has_subject": bool(activity.subject) or None,
        "text": activity.text,
        "outcome": activity.outcome,
        "result": activity.result,
        "contact": activity.contact.name if activity.contact else None,
        "starts_at": None if activity.due_on else activity.starts_at,
        "due_on": activity.due_on,
    }
    return {name: value for name, value in found.items() if value is not None}


def owner_of(owner_id: UUID) -> Member:
    """The active member who is to do something.

    Raises:
        Refused: he no longer works here.
    """
    found = tenants.member(owner_id)
    if found.status is not MemberStatus.ACTIVE:
        raise Refused(_("%(name)s can't be given anything to do.", name=found.name), field="owner_id")
    return found
