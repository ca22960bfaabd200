"""The secret address under which a calendar program reads what one plans, and what it reads there."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import limits
from saas.crm.activities import address_actions, address_queries, series_queries
from saas.crm.activities.entries import SHOWN_MINUTES
from saas.crm.activities.models import Activity, Series
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission, allow, anyone
from saas.tenants.readers import reading_as
from saas.tenants.scope import me, require

bp = Blueprint("calendar_address", __name__, url_prefix="/activities/address")

P = Permission
OFTEN = "120/hour"  # that one address is read; programs ask each quarter of an hour
GUESSED = "60/hour"  # that one caller asks at all


@bp.get("")
@allow(P.ACTIVITY_VIEW)
def index() -> ResponseReturnValue:
    return render_template("activities/address.html", found=address_queries.of(me().id), address=None)


@bp.post("")
@allow(P.ACTIVITY_VIEW)
def make() -> ResponseReturnValue:
    """Make the address, or a new one in place of the old; it is shown this once."""
    secret = address_actions.make(me())
    address = url_for(".read", secret=secret, _external=True)
    return render_template("activities/address.html", found=address_queries.of(me().id), address=address)


@bp.post("/revoke")
@allow(P.ACTIVITY_VIEW)
def revoke() -> ResponseReturnValue:
    address_actions.revoke(me())
    flash(_("The address is gone. Calendar programs get nothing from it any more."), "good")
    return redirect(url_for(".index"))


@bp.get("/<secret>.ics")
@anyone
def read(secret: str) -> ResponseReturnValue:
    """What a calendar program reads; the secret stands for its member, who is not signed in here."""
    limits.take(GUESSED, "calendar-caller", request.remote_addr or "")
    member = address_queries.member_of(secret)
    limits.take(OFTEN, "calendar", str(member.id))
    with reading_as(member):
        require(P.ACTIVITY_VIEW)
        file = _file(member)
    answer = Response(file, mimetype="text/calendar")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _file(member: Member) -> bytes:
    calendar = _library().Calendar()
    calendar.add("prodid", "-//Seaport//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", scope.workspace().name)
    for activity in address_queries.activities_of(member.id):
        calendar.add_component(_event(activity))
    for series in series_queries.of_owner(member.id):
        if (rest := _rest(series, member.timezone)) is not None:
            calendar.add_component(rest)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _rest(series: Series, zone: str) -> Any:
    """What of a series isn't made yet: its rule, from the first day on that has no activity of its own."""
    rule = series_queries.rule(series)
    first = next(rule.days(series.made_until), None)
    if first is None:
        return None
    event = _library().Event()
    event.add("uid", f"{series.id}@seaport")
    event.add("dtstamp", series.updated_at)
    event.add("summary", series.subject)
    if series.minute is None:
        event.add("dtstart", first)
        event.add("dtend", first + timedelta(days=1))
    else:
        start = datetime.combine(first, time(*divmod(series.minute, 60)), ZoneInfo(zone))
        event.add("dtstart", start)
        event.add("dtend", start + timedelta(minutes=series.minutes or SHOWN_MINUTES))
    if series.place:
        event.add("location", series.place)
    last = rule.last()
    event.add("rrule", rule.ical() | ({"until": _until(last, series, zone)} if last else {}))
    return event


def _until(last: date, series: Series, zone: str) -> date | datetime:
    """The end of a rule, of the same kind as its start: a day, or an instant in UTC."""
    if series.minute is None:
        return last
    return datetime.combine(last, time(*divmod(series.minute, 60)), ZoneInfo(zone)).astimezone(UTC)


def _event(activity: Activity) -> Any:
    event = _library().Event()
    event.add("uid", f"{activity.id}@seaport")
    event.add("dtstamp", activity.updated_at)
    event.add("last-modified", activity.updated_at)
    about = activity.account.name if activity.account else None
    title = f"{activity.title} · {about}" if about else activity.title
    event.add("summary", title if activity.is_open else f"✓ {title}")
    if activity.due_on:
        event.add("dtstart", activity.due_on)
        event.add("dtend", activity.due_on + timedelta(days=1))
    else:
        event.add("dtstart", activity.starts_at)
        event.add("dtend", activity.starts_at + timedelta(minutes=activity.minutes or SHOWN_MINUTES))
    if activity.place:
        event.add("location", activity.place)
    if activity.text:
        event.add("description", activity.text)
    event.add("url", url_for("activities.show", activity_id=activity.id, _external=True))
    return event


def _library() -> Any:
    """What writes calendars: large, and loaded by the processes that are asked for one."""
    return import_module("icalendar")
