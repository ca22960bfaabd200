"""When an activity's time comes: its span on its owner's clock, and the reminder that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from saas import clock
from saas.crm.activities import queries, times
from saas.crm.activities.models import REMINDER_WORDS, Activity, Reminder
from saas.db import db
from saas.tenants import events, notices, scope
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
    ask_reminders([activity], again=False)
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
    """Set the days and mornings of what a member has planned anew, on the clock of where he lives now, around the
    hours in which he wants to be left alone.

    Returns:
        How many activities have moved, or their reminders.
    """
    now, moved = clock.now(), []
    for activity in queries.open_of(owner_id):
        before = activity.starts_at
        set_span(activity)
        is_asked = activity.reminder_at is None or activity.reminder_at <= now
        if before != activity.starts_at or (not is_asked and _next(activity, now) != activity.reminder_at):
            moved.append(activity)
    ask_reminders(moved, again=False)
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


def told(reminders: Sequence[str]) -> str:
    """Reminders in the reader's words."""
    return ", ".join(str(REMINDER_WORDS[one]) for one in Reminder if one in reminders)


def ask_reminders(activities: Sequence[Activity], *, again: bool = True) -> None:
    """`set_reminder` for many, with one insert; without `again`, what was told isn't told once more."""
    now, asked = clock.now(), []
    for activity in activities:
        if again:
            activity.reminded_at = None
        activity.reminder_at = _next(activity, now)
        if activity.reminder_at is not None:
            facts = {"activity_id": str(activity.id), "reminder_at": activity.reminder_at.isoformat()}
            key = f"{activity.id}:{activity.reminder_at.isoformat()}"
            asked.append({"handler": REMIND, "key": key, "due_at": activity.reminder_at, "payload": facts})
    db.session.flush()
    events.deliver_many(asked)


def _next(activity: Activity, now: datetime) -> datetime | None:
    """The next instant at which the owner is to hear of it; what has passed counts once, as now, until he was told."""
    if not activity.reminders or not activity.is_open or activity.late_at <= now:
        return None
    owner = activity.owner
    instants = times.reminders(
        [Reminder(one) for one in activity.reminders], activity.starts_at, owner.timezone, owner.quiet
    )
    ahead = [at for at in instants if at > now]
    if len(ahead) < len(instants) and activity.starts_at > now and activity.reminded_at is None:
        return now
    return ahead[0] if ahead else None
