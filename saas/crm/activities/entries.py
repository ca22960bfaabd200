"""An activity as the calendar's script wants it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from saas import clock
from saas.crm.activities.models import (
    Activity,
    State,
)
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
