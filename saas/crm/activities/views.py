"""Pages of activities: the calendar, one activity, and what is written from a record's page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from saas import clock, toasts, ui
from saas.crm.activities import (
    actions,
    entries,
    kind_queries,
    promise_queries,
    queries,
    record,
    series_queries,
    targets,
    team,
    times,
)
from saas.crm.activities import mention_actions as mentions
from saas.crm.activities import reminder_actions as reminders
from saas.crm.activities.form_views import day_asked, made_form, owner_in, proposed, seen_from, set_guests, written
from saas.crm.activities.forms import ActivityForm, ComposerForm, OutcomeForm, today
from saas.crm.activities.models import (
    STATE_LOOKS,
    STATE_WORDS,
    Activity,
    State,
)
from saas.errors import Refused
from saas.filing import place_of_person
from saas.forms import attempt, done
from saas.found import known
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.pages import record_parts
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, require
from saas.versions import edited

bp = Blueprint("activities", __name__, url_prefix="/activities")

P = Permission
VIEWS = {"day": "timeGridDay", "week": "timeGridWeek", "month": "dayGridMonth", "list": "listWeek"}
LONGEST = timedelta(days=62)  # that the calendar shows at once


# ── the calendar ────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/")
@allow(P.ACTIVITY_VIEW)
def calendar() -> ResponseReturnValue:
    """Day, week or month, planned and past together; below it the same week as a list."""
    view = request.args.get("view", "")
    on = day_asked("on") or today(me().timezone)
    monday = on - timedelta(days=on.weekday())
    zone = me().timezone
    start, end = times.day(monday, zone).start, times.day(monday + timedelta(days=6), zone).end
    return render_template(
        "activities/calendar.html",
        feed_url=url_for(".feed", who=team.key()),
        move_url=url_for(".move") if may(P.ACTIVITY_EDIT) else None,
        view=VIEWS.get(view),
        on=on,
        zone=zone,
        whose=team.links() if team.sees_others() else [],
        colleagues=(others := team.colleagues() if team.sees_others() else []),
        chosen=team.label(others),
        legend=[one for one in others if one["colour"]],
        days=record.by_day(
            queries.between(start, end, *team.conditions()),
            promise_queries.between(monday, monday + timedelta(days=6), *team.promise_conditions()),
        ),
        week=(monday, monday + timedelta(days=6)),
        before_url=ui.here(on=(monday - timedelta(days=7)).isoformat()),
        after_url=ui.here(on=(monday + timedelta(days=7)).isoformat()),
        may_plan=may(P.ACTIVITY_EDIT),
        may_see_work=may(P.REPORT_VIEW),
    )


@bp.get("/feed")
@allow(P.ACTIVITY_VIEW)
def feed() -> ResponseReturnValue:
    """The entries from `start` to `end` for the calendar's script, as JSON."""
    zone = me().timezone
    start = _instant(request.args.get("start"), zone) or clock.now()
    end = min(_instant(request.args.get("end"), zone) or start, start + LONGEST)
    found, colours = queries.between(start, end, *team.conditions()), team.colours()
    first, last = clock.local(start, zone).date(), clock.local(end, zone).date()
    promised = promise_queries.between(first, last, *team.promise_conditions())
    shown = [entries.entry(activity, colours.get(activity.owner_id)) for activity in found]
    shown += [entries.promise_entry(one, today(zone), colours.get(one.owner_id)) for one in promised]
    return jsonify(shown)


@bp.post("/move")
@allow(P.ACTIVITY_EDIT)
def move() -> ResponseReturnValue:
    """An entry was drawn to another time, or made longer."""
    activity = _own(_id_sent("id"))
    start, end = request.form.get("start", ""), request.form.get("end", "")
    zone = me().timezone
    if (day := clock.day_of(start)) is not None:
        actions.move(activity, starts_at=None, minutes=activity.minutes, due_on=day, by=me())
        return "", 204
    begins, ends = _instant(start, zone), _instant(end, zone)
    if begins is None:
        raise Refused(_("This time can't be read."))
    minutes = int((ends - begins) / timedelta(minutes=1)) if ends else activity.minutes
    if activity.minutes is None and minutes == entries.SHOWN_MINUTES:
        minutes = None
    actions.move(activity, starts_at=begins, minutes=minutes, due_on=None, by=me())
    return "", 204


# ── one activity ────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/new", methods=["GET", "POST"])
@allow(P.ACTIVITY_EDIT)
def create() -> ResponseReturnValue:
    """Plan an activity, or with `past` in the address write down what has happened."""
    target = targets.asked(request.args)
    is_past = "past" in request.args
    form = made_form(target.account, is_past=is_past, may_repeat=not is_past, **proposed(target, is_past=is_past))
    if form.validate_on_submit():
        activity = attempt(form, lambda: written(form, target, is_past=is_past))
        if activity is not None:
            flash(_("It is in the history.") if is_past else _("%(what)s is planned.", what=activity.title), "good")
            _tell_unheard(activity.text)
            return redirect(seen_from(target, form.day.data))
    page = render_template(
        "activities/form.html",
        form=form,
        account=target.account,
        back_url=target.url(),
        is_past=is_past,
        currency=scope.workspace().currency,
    )
    return page, form.status


@bp.post("/write")
@allow(P.ACTIVITY_EDIT)
def write() -> ResponseReturnValue:
    """The box on a record's page: a note, or what was just done."""
    target = targets.asked(request.form)
    form = ComposerForm()
    if not form.validate_on_submit():
        errors = [error for field in form for error in field.errors]
        flash(" ".join(str(error) for error in errors) or _("Write something first."), "waiting")
        return redirect(target.url())
    values = {"kind": form.kind.data, "subject": "", "text": form.text.data} | target.values()
    activity = actions.log(values, owner=me(), by=me())
    flash(_("%(kind)s: written down.", kind=kind_queries.word(activity.kind)), "good")
    _tell_unheard(activity.text)
    return redirect(target.url())


def _tell_unheard(text: str | None) -> None:
    """Say which names behind an @ have told nobody."""
    if lost := mentions.unknown(text):
        names = _(", ").join(f"@{name}" for name in lost)
        flash(_("%(names)s told nobody: no colleague, or more than one, is called so.", names=names), "waiting")
    if unread := mentions.deaf(text, by=me()):
        names = _(", ").join(one.name for one in unread)
        flash(_("%(names)s can't read this here, and is told nothing.", names=names), "waiting")


@bp.get("/colleagues")
@allow(P.ACTIVITY_EDIT)
def colleagues() -> ResponseReturnValue:
    """Who can be named in a text: the name, how it is read, and whether he may read what stands there."""
    found = [one for one in tenants.members() if one.id != me().id]
    return jsonify([{"name": m.name, "reading": place_of_person(m.name)[0], "reads": mentions.reads(m)} for m in found])


@bp.get("/<uuid:activity_id>")
@allow(P.ACTIVITY_VIEW)
def show(activity_id: UUID) -> ResponseReturnValue:
    activity = queries.activity(activity_id)
    state, kind = activity.state(clock.now()), kind_queries.of(activity.kind)
    return render_template(
        "activities/show.html",
        activity=activity,
        kind=kind.word,
        kind_icon=kind.icon,
        state=STATE_WORDS[state],
        state_look=STATE_LOOKS[state],
        is_late=state is State.LATE,
        about=_about(activity),
        **record_parts("activity", activity.id, partial(url_for, ".show", activity_id=activity.id)),
        can_edit=may(P.ACTIVITY_EDIT, activity),
    )


@bp.route("/<uuid:activity_id>/edit", methods=["GET", "POST"])
@allow(P.ACTIVITY_EDIT)
def edit(activity_id: UUID) -> ResponseReturnValue:
    activity = _own(activity_id)
    form = made_form(activity.account, is_past=not activity.is_open, activity=activity)
    edit = edited(form, activity, lambda version: _change(form, activity, version))
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".show", activity_id=activity.id))
    page = render_template(
        "activities/form.html",
        form=form,
        activity=activity,
        currency=scope.workspace().currency,
        account=activity.account,
        back_url=url_for(".show", activity_id=activity.id),
        clash=edit.clash,
        version=edit.version,
    )
    return page, edit.status


def _change(form: ActivityForm, activity: Activity, version: int) -> None:
    owner = owner_in(form)
    values = form.values() | ({"owner": owner} if owner else {})
    actions.change(activity, values, version=version, by=me())
    set_guests(form, activity)


@bp.route("/<uuid:activity_id>/complete", methods=["GET", "POST"])
@allow(P.ACTIVITY_EDIT)
def complete(activity_id: UUID) -> ResponseReturnValue:
    """Say that it is done, and what came of it."""
    activity = _own(activity_id)
    form = OutcomeForm(me().timezone)
    if form.validate_on_submit():
        result = form.result.data if "result" in form else None
        said = {"outcome": form.outcome.data, "result": result, "cost": form.cost.data, "at": form.at(), "by": me()}
        if done(form, lambda: actions.complete(activity, **said)):
            toasts.undoable(_("%(what)s is done.", what=activity.title), url_for(".reopen", activity_id=activity.id))
            back = targets.of_activity(activity).url()
            return redirect(url_for(".create", **targets.next_of(activity)) if "next" in request.form else back)
    page = render_template(
        "activities/complete.html",
        form=form,
        activity=activity,
        kind=kind_queries.word(activity.kind),
        currency=scope.workspace().currency,
    )
    return page, form.status


@bp.post("/<uuid:activity_id>/cancel")
@allow(P.ACTIVITY_EDIT)
def cancel(activity_id: UUID) -> ResponseReturnValue:
    activity = _own(activity_id)
    actions.cancel(activity, by=me())
    toasts.undoable(_("%(what)s is called off.", what=activity.title), url_for(".reopen", activity_id=activity.id))
    return redirect(targets.of_activity(activity).url())


@bp.post("/<uuid:activity_id>/reopen")
@allow(P.ACTIVITY_EDIT)
def reopen(activity_id: UUID) -> ResponseReturnValue:
    activity = _own(activity_id)
    actions.reopen(activity, by=me())
    flash(_("%(what)s is planned again.", what=activity.title), "good")
    return redirect(url_for(".show", activity_id=activity.id))


# ── parts of the pages ──────────────────────────────────────────────────────────────────────────────────────────────


def _own(activity_id: UUID) -> Activity:
    """An activity that the reader may change, locked; one that he may see only is Forbidden."""
    activity = queries.activity(activity_id)
    require(P.ACTIVITY_EDIT, activity)
    return queries.lock_activity(activity.id)


def _about(activity: Activity) -> list[tuple[Any, Any]]:
    account, contact = activity.account, activity.contact
    taking_part = [one for guest in queries.guests(activity.id) if (one := guest.member or guest.contact)]
    named = queries.about_names([activity]).get(activity.about_id) if activity.about_id else None
    rows = [
        (_("When"), record.when(activity)),
        (_("Repeats"), record.repeats(series_queries.series(activity.series_id)) if activity.series_id else None),
        (_("Duration"), _("%(n)s minutes", n=ui.number(activity.minutes)) if activity.minutes else None),
        (_("Customer"), _link(url_for("customers.show", account_id=account.id), account.name) if account else None),
        (_("With"), _link(url_for("contacts.show", contact_id=contact.id), contact.name) if contact else None),
        (_("About"), _link(named["url"], named["name"]) if named else None),
        (_("Who does it"), activity.owner.name),
        (_("Takes part"), ", ".join(one.name for one in taking_part)),
        (_("Place"), activity.place),
        (_("Result"), activity.result),
        (_("Cost"), ui.money(activity.cost, scope.workspace().currency) if activity.cost is not None else None),
        (_("Reminder"), reminders.told(activity.reminders) if activity.is_open else None),
        (_("Reminds"), ui.moment(activity.reminder_at) if activity.reminder_at else None),
        (_("Done"), ui.moment(activity.done_at) if activity.done_at else None),
    ]
    return [(label, value) for label, value in rows if value]


def _link(url: str, name: str) -> Any:
    return Markup('<a href="{}">{}</a>').format(url, name)


def _instant(text: str | None, zone: str) -> datetime | None:
    """An instant that the calendar's script sent; without an offset it is on the reader's clock."""
    try:
        found = datetime.fromisoformat(re.sub(r"\[.*\]$", "", text or "").replace(" ", "+"))
    except ValueError:
        return None
    if not clock.is_meant(found.date()):
        return None
    return found.astimezone(UTC) if found.tzinfo else clock.instant_of(found, zone)


def _id_sent(name: str) -> UUID:
    return known(targets.an_id(request.form.get(name)))
