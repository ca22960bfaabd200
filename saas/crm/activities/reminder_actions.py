"""When an activity's time comes: its span on its owner's clock, and the reminder that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from saas import clock
from saas.crm.activities import queries, times
from saas.crm.activities.models import Activity, Reminder
from saas.db import db
from saas.tenants import events, notices, scope
from saas.tenants import queries as tenants
from saas.tenants.models import MemberStatus

REMIND = "crm.remind_activity"  # the job in saas/jobs/crm.py


def remind(activity_id: UUID, reminder_at: datetime) -> bool:
    """Tell the owner of an activity that its time comes, once; nothing if it was settled or moved meanwhile.

    Args:
        activity_id: of the workspace.
        reminder_at: the instant for which this was asked.

    Returns:
        True when he was told.
    """
    activity = queries.lock_activity(activity_id)
    if not activity.is_open or activity.reminder_at != reminder_at:
        return False
    activity.reminded_at = clock.now()
    owner = activity.owner
    if owner.status is not MemberStatus.ACTIVE:
        return False
    return notices.tell(
        owner,
        "activity.due",
        f"activity.due:{activity.id}:{reminder_at.isoformat()}",
        f"/{scope.workspace().slug}/activities/{activity.id}",
        activity_kind=activity.kind,
        subject=activity.title,
        at=None if activity.due_on else activity.starts_at,
        on=activity.due_on,
        zone=owner.timezone,
        customer=activity.account.name if activity.account else None,
    )


def keep_local(owner_id: UUID) -> int:
    """Set the days and mornings of what a member has planned anew, on the clock of where he lives now.

    Returns:
        How many activities have moved, or their reminders.
    """
    owner, moved = tenants.member(owner_id), []
    for activity in queries.open_of(owner_id):
        before = (activity.starts_at, activity.reminder_at)
        set_span(activity)
        at = times.remind_at(activity.reminder, activity.starts_at, owner.timezone) if activity.reminder else None
        if before != (activity.starts_at, at) and activity.reminded_at is None:
            moved.append(activity)
    ask_reminders(moved)
    return len(moved)


def set_span(activity: Activity) -> None:
    """Set its start and its end from its day, hour and length, on its owner's clock."""
    span = times.span(activity.starts_at, activity.minutes, activity.due_on, activity.owner.timezone)
    activity.starts_at, activity.late_at = span.start, span.end


def set_reminder(activity: Activity) -> None:
    """Work out when the owner is to be reminded, and ask for it.

    An instant that has passed counts as now while the activity itself lies ahead. A job asked for under an earlier
    instant finds that it no longer fits and does nothing.
    """
    ask_reminders([activity])


def ask_reminders(activities: Sequence[Activity]) -> None:
    """`set_reminder` for many, with one insert."""
    now, asked = clock.now(), []
    for activity in activities:
        activity.reminder_at = _reminder_of(activity, now)
        activity.reminded_at = None
        if activity.reminder_at is not None:
            facts = {"activity_id": str(activity.id), "reminder_at": activity.reminder_at.isoformat()}
            key = f"{activity.id}:{activity.reminder_at.isoformat()}"
            asked.append({"handler": REMIND, "key": key, "due_at": activity.reminder_at, "payload": facts})
    db.session.flush()
    events.deliver_many(asked)


def _reminder_of(activity: Activity, now: datetime) -> datetime | None:
    if activity.reminder is None or not activity.is_open or activity.late_at <= now:
        return None
    at = times.remind_at(Reminder(activity.reminder), activity.starts_at, activity.owner.timezone)
    return at if at > now else now if activity.starts_at > now else None
