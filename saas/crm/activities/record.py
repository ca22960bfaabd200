"""What activities say on the pages of others: the box to write in, what is next, and what waits today."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import bindparam
from sqlalchemy.orm import InstrumentedAttribute

from saas import archive, clock, drawn, i18n, panels, ui
from saas.crm.activities import kind_queries, promise_queries, queries, subjects, times
from saas.crm.activities.models import (
    KIND_WORDS,
    LONGEST_TEXT,
    Activity,
    ActivityKind,
    Frequency,
    Promise,
    Series,
    State,
    says_kind,
)
from saas.crm.activities.subjects import Subject
from saas.statements import among
from saas.tenants import scope
from saas.tenants.models import Event
from saas.tenants.permissions import Permission
from saas.tenants.scope import may, me
from saas.tenants.stories import also

NEXT = 6  # lines on a record's page
MOST_TODAY = 50
AHEAD = timedelta(days=7)  # that "Today" looks ahead
QUICK = (ActivityKind.CALL, ActivityKind.VISIT, ActivityKind.MAIL)
P = Permission

HERE = "\ufffc"  # stands for what differs in a sentence that is translated once for all lines
PEOPLE = {"account", "contact"}  # whose pages say what is next with them
IS_MINE = (Activity.owner_id == scope.READER) & (Activity.starts_at < bindparam("until"))


class Lines:
    """Makes lines of activities as lists show them; what all lines say alike is found once.

    Args:
        about: of records of later capabilities that they are about, id → {name, url}.
        hour_only: the day stands above them.
    """

    def __init__(self, *, about: dict[UUID, dict[str, Any]] | None = None, hour_only: bool = False) -> None:
        self.about, self.when = about or {}, hour if hour_only else when
        self.now, self.me = clock.now(), me().id
        self.done, self.minutes = _("Done: %(what)s", what=HERE), _("%(n)s min", n=HERE)

    def line(self, activity: Activity) -> dict[str, Any]:
        """One activity."""
        state, title, kind = activity.state(self.now), activity.title, kind_queries.of(activity.kind)
        can_end = activity.is_open and may(P.ACTIVITY_EDIT, activity)
        return {
            "title": title,
            "url": url_for("activities.show", activity_id=activity.id),
            "icon": kind.icon,
            "colour": kind.colour,
            "kind": kind.word,
            "says_kind": says_kind(title, kind.key, kind.word),
            "when": self.when(activity),
            "minutes": self.minutes.replace(HERE, str(activity.minutes)) if activity.minutes else None,
            "customer": activity.account,
            "contact": activity.contact,
            "about": self.about.get(activity.about_id) if activity.about_id else None,
            "owner": None if activity.owner_id == self.me else activity.owner.name,
            "is_late": state is State.LATE,
            "is_done": state is State.DONE,
            "done_url": url_for("activities.complete", activity_id=activity.id) if can_end else None,
            "done_label": self.done.replace(HERE, title),
        }


def promise_line(promise: Promise, *, is_at_home: bool = False) -> dict[str, Any]:
    """A promise to a customer, as a line among activities; on the page of that customer without its name."""
    is_open = promise.settled_at is None
    return {
        "title": promise.text,
        "url": url_for("customers.show", account_id=promise.account_id),
        "icon": "heart-handshake",
        "colour": "grey",
        "kind": _("Promise"),
        "says_kind": False,
        "when": Markup("{} · {}").format(_("Promise"), day_word(promise.due_on)),
        "customer": None if is_at_home else promise.account,
        "owner": None if promise.owner_id == me().id else promise.owner.name,
        "is_late": is_open and promise.due_on < ui.words().today,
        "is_done": bool(promise.is_kept),
    }


def repeats(series: Series) -> str:
    """By which rule it comes again, as people say it: `every 2 weeks on Mon, Wed until 3 Dec`."""
    if series.ended_at is not None:
        return _("no more")
    each, every_few = {
        Frequency.DAILY: (_("every day"), _("every %(num)s days", num=series.every)),
        Frequency.WEEKLY: (_("every week"), _("every %(num)s weeks", num=series.every)),
        Frequency.MONTHLY: (_("every month"), _("every %(num)s months", num=series.every)),
        Frequency.YEARLY: (_("every year"), _("every %(num)s years", num=series.every)),
    }[series.frequency]
    often = each if series.every == 1 else every_few
    if series.weekdays:
        names = ui.words().locale.days["format"]["abbreviated"]
        some = _(", ").join(names[int(day)] for day in series.weekdays)
        often = _("%(often)s on %(days)s", often=often, days=some)
    if series.until:
        often = _("%(often)s until %(day)s", often=often, day=ui.words().day(series.until))
    if series.times:
        count = ngettext("%(num)s time in all", "%(num)s times in all", series.times)
        often = _("%(often)s, %(count)s", often=often, count=count)
    return often


def when(activity: Activity) -> Any:
    """Its time as people say it: `today 15:00`, or the day alone."""
    return day_word(activity.due_on) if activity.due_on else ui.moment(activity.starts_at)


def hour(activity: Activity) -> str:
    """Its hour on the reader's clock, or that it is for any time of the day."""
    if activity.due_on:
        return _("any time")
    return f"{activity.starts_at.astimezone(ui.words().zone):%H:%M}"


def day_word(on: date) -> Any:
    """A day as people say it."""
    words = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}
    return words.get((on - ui.words().today).days) or ui.day(on)


def composer(kind: str) -> Callable[[UUID], Markup]:
    """The box on the page of a record of `kind`: a note, or with one click more what was just done."""

    def draw(record_id: UUID) -> Markup:
        buttons = _quick_buttons()
        known = drawn.place("composer", kind, record_id, buttons)
        return cast(Markup, drawn.once(known, lambda: fresh(record_id, buttons)))

    def fresh(record_id: UUID, buttons: tuple[tuple[str, str, str], ...]) -> Markup:
        target = {"about_kind": kind, "about_id": str(record_id)}
        shown: dict[str, Any] = {"target": target, "buttons": buttons, "longest": LONGEST_TEXT}
        shown["plan_url"] = url_for("activities.create", about_kind=kind, about_id=record_id)
        if kind == "account":
            shown["promise_url"] = url_for("promises.create", account_id=record_id)
        return ui.fragment("activities/_composer.html", **shown)

    return draw


def _quick_buttons() -> tuple[tuple[str, str, str], ...]:
    """The kinds that are logged with one click, and what the workspace calls them: (key, icon, label) of each."""
    return _buttons(tuple(kind for kind in kind_queries.open_to_choose() if kind.key in QUICK), i18n.language())


@lru_cache(maxsize=256)
def _buttons(kinds: tuple[kind_queries.Kind, ...], _language: str) -> tuple[tuple[str, str, str], ...]:
    words = {ActivityKind.CALL: _("Log call"), ActivityKind.VISIT: _("Log visit"), ActivityKind.MAIL: _("Log mail")}
    as_ever = {key: word for key, word in KIND_WORDS.items() if key in QUICK}
    offered = []
    for kind in kinds:
        is_renamed = kind.word != as_ever[ActivityKind(kind.key)]
        offered.append((kind.key, kind.icon, kind.word if is_renamed else words[ActivityKind(kind.key)]))
    return tuple(offered)


def upcoming(kind: str) -> Callable[[UUID], Markup]:
    """What is planned with a record of `kind`, the late first."""

    def draw(record_id: UUID) -> Markup:
        found = queries.waiting(queries.of_record(kind), many=NEXT + 1, record_id=record_id)
        plan_url = None
        if may(P.ACTIVITY_EDIT) and archive.is_open(kind, record_id):
            plan_url = url_for("activities.create", about_kind=kind, about_id=record_id)
        lines = list(map(Lines().line, found[:NEXT])) if found else []
        if kind == "account":
            promised = [one for one in promise_queries.of_account(record_id) if not one.settled_at]
            lines = [promise_line(one, is_at_home=True) for one in promised] + lines
        shown: dict[str, Any] = {
            "title": _planned(kind),
            "lines": lines,
            "has_more": len(found) > NEXT,
            "plan_url": plan_url,
            "history_url": url_for("activity_history.index", customer=record_id) if kind == "account" else None,
        }
        return ui.fragment("activities/_next.html", of=kind, **shown)

    return draw


def _planned(kind: str) -> Any:
    return _l("What is next") if kind in PEOPLE else _l("Planned activities")


def waiting_today(member_id: UUID) -> Markup:
    """What the reader has before him: what is late, what today brings, what comes in the next days."""
    on = ui.words().today
    ends = times.day(on, str(ui.words().zone)).end
    found = queries.waiting(IS_MINE, many=MOST_TODAY, until=ends + AHEAD)
    lines = Lines(about=queries.about_names(found))
    groups: dict[str, list[Any]] = {"late": [], "today": [], "next": []}
    for activity in found:
        groups[_group(activity, on, ends)].append(lines.line(activity))
    words = {"late": _("Late"), "today": _("Today"), "next": _("In the next days")}
    parts = [{"key": key, "label": words[key], "lines": some} for key, some in groups.items() if some]
    return ui.fragment("activities/_today.html", parts=parts, may_plan=may(P.ACTIVITY_EDIT))


def _group(activity: Activity, on: date, ends: datetime) -> str:
    if activity.state(clock.now()) is State.LATE:
        return "late"
    is_today = activity.due_on <= on if activity.due_on else activity.starts_at < ends
    return "today" if is_today else "next"


def by_day(activities: Sequence[Activity], promised: Sequence[Promise] = ()) -> list[tuple[date, list[Any]]]:
    """Lines under the reader's days, what was promised for a day in front."""
    zone, days, lines = ui.words().zone, dict[date, list[Any]](), Lines(hour_only=True)
    for promise in promised:
        days.setdefault(promise.due_on, []).append(promise_line(promise))
    for activity in activities:
        on = activity.due_on or activity.starts_at.astimezone(zone).date()
        days.setdefault(on, []).append(lines.line(activity))
    return sorted(days.items())


def join(subject: Subject) -> None:
    """Let activities be about records of a later capability, and show them on its pages and timelines."""
    subjects.register(subject)
    _show_on(subject.kind)
    _tell_on(subject.kind)


def join_owned(
    model: type[Any],
    right: Permission,
    name: InstrumentedAttribute[str],
    *,
    page: Callable[[UUID], str],
    account_of: Callable[[UUID], UUID | None],
) -> None:
    """`join` for records of a later capability that have an owner of their own.

    Args:
        model: their table.
        right: what a reader needs to see one.
        name: the column that says what it is called.
        page: the address of one's page.
        account_of: the customer it belongs to, if the reader may see the record; raises NotFound where he may not.
    """
    join(
        Subject(
            kind=str(model.__tablename__),
            names=lambda ids: queries.names(model, right, name, ids),
            url=page,
            within=lambda: queries.ids_within_reach(model, right),
            account_of=account_of,
        )
    )


def _show_on(kind: str) -> None:
    panels.add(kind, panels.Panel("composer", _l("Write"), composer(kind), P.ACTIVITY_EDIT, "composer", 10))
    panels.add(kind, panels.Panel("next", _planned(kind), upcoming(kind), P.ACTIVITY_VIEW, "side", 10, is_later=True))


def _tell_on(kind: str) -> None:
    told = (Event.subject_kind == "activity") & among(Event.subject_id, "activity_ids")
    also(kind, told, lambda record_id: {"activity_ids": queries.latest_of(kind, record_id)})


_show_on("account")
_show_on("contact")
_tell_on("contact")
panels.add("today", panels.Panel("activities", _l("Activities"), waiting_today, P.ACTIVITY_VIEW, "main", 10))
