"""Activities and promises as the calendar's script wants them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from saas import clock
from saas.crm.activities.models import Activity, Promise, State
from saas.tenants.permissions import Permission
from saas.tenants.scope import may

COLOURS = {
    State.PLANNED: ("primary", "on-primary"),
    State.LATE: ("wrong", "on-wrong"),
    State.DONE: ("neutral", "surface"),
}
SHOWN_MINUTES = 30  # of one whose duration nobody knows


def entry(activity: Activity, person: str | None = None) -> dict[str, Any]:
    """An activity as the calendar's script wants it.

    Args:
        activity: planned or past.
        person: the colour of whoever does it, where several people are looked at together; his name then stands in
            front. What is late stays red.
    """
    state = activity.state(clock.now())
    title = activity.title if activity.account is None else f"{activity.title} · {activity.account.name}"
    if state is State.LATE:
        title = _("Late: %(what)s", what=title)
    elif state is State.DONE:
        title = f"✓ {title}"
    colour, text = COLOURS[state]
    if person is not None:
        title = _("%(name)s: %(what)s", name=activity.owner.name, what=title)
        colour, text = (colour, text) if state is State.LATE else (person, "surface")
    entry: dict[str, Any] = {
        "id": str(activity.id),
        "title": title,
        "url": url_for("activities.show", activity_id=activity.id),
        "color": f"var(--sea-{colour})",
        "contrastColor": f"var(--sea-{text})",
        "editable": activity.is_open and may(Permission.ACTIVITY_EDIT, activity),
    }
    if activity.due_on:
        return entry | {"start": activity.due_on.isoformat(), "allDay": True}
    lasts = timedelta(minutes=activity.minutes or SHOWN_MINUTES)
    return entry | {"start": activity.starts_at.isoformat(), "end": (activity.starts_at + lasts).isoformat()}


def promise_entry(promise: Promise, today: date, person: str | None = None) -> dict[str, Any]:
    """A promise to a customer as the calendar's script wants it, on the last day on which it is kept.

    Args:
        promise: open or settled.
        today: the day on the reader's clock.
        person: the colour of whoever gave it, as for activities.
    """
    what = f"{promise.text} · {promise.account.name}"
    title = _("Promised: %(step)s", step=what)
    is_late = promise.settled_at is None and promise.due_on < today
    state = State.LATE if is_late else State.PLANNED if promise.settled_at is None else State.DONE
    if is_late:
        title = _("Late: %(what)s", what=title)
    elif promise.is_kept:
        title = f"✓ {title}"
    colour, text = COLOURS[state]
    if person is not None:
        title = _("%(name)s: %(what)s", name=promise.owner.name, what=title)
        colour, text = (colour, text) if is_late else (person, "surface")
    return {
        "id": str(promise.id),
        "title": title,
        "url": url_for("customers.show", account_id=promise.account_id),
        "color": f"var(--sea-{colour})",
        "contrastColor": f"var(--sea-{text})",
        "editable": False,
        "start": promise.due_on.isoformat(),
        "allDay": True,
    }
