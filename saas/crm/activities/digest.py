"""What a member has planned, in the letter of the morning."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from saas import clock
from saas.crm.activities import times
from saas.crm.activities.models import Activity, State
from saas.crm.activities.queries import IS_OPEN, NAMED
from saas.db import db
from saas.tenants.digest import Part, Reader, cut, part

MOST = 100


@part("activities", 10)
def planned(reader: Reader) -> Part | None:
    """What is late and what the day brings, in order."""
    until = times.day(reader.day, reader.member.timezone).end
    mine = (Activity.owner_id == reader.member.id, IS_OPEN, Activity.starts_at < until)
    asked = select(Activity).where(*mine).options(*NAMED, joinedload(Activity.owner))
    found = db.session.scalars(asked.order_by(Activity.starts_at, Activity.id).limit(MOST))
    return cut(_("Planned for today"), [_line(reader, activity) for activity in found])


def _line(reader: Reader, activity: Activity) -> str:
    when = reader.words.day(activity.due_on) if activity.due_on else reader.words.moment(activity.starts_at)
    about = {"when": when, "what": activity.title, "customer": activity.account.name if activity.account else ""}
    if activity.state(clock.now()) is State.LATE:
        if activity.account:
            return _("late since %(when)s: %(what)s (%(customer)s)", **about)
        return _("late since %(when)s: %(what)s", **about)
    return _("%(when)s: %(what)s (%(customer)s)", **about) if activity.account else _("%(when)s: %(what)s", **about)
