"""How activities are told: on timelines, and behind the bell."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from flask import request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, exists

from saas import clock, ui
from saas.crm.activities import actions, guest_actions, kind_queries, mention_actions, queries, series_actions, subjects
from saas.crm.activities.models import KIND_WORDS, Activity, ActivityKind, says_kind
from saas.crm.activities.reminder_actions import told
from saas.tenants import notices, scope
from saas.tenants.models import Event
from saas.tenants.permissions import Permission
from saas.tenants.stories import ACTOR, keep, said, story
from saas.words import Words

IT = "\ufffb"  # keeps the activity's place through the translation, as ACTOR does the actor's
FIELD_WORDS = {
    "subject": _l("Subject"),
    "starts_at": _l("Start"),
    "due_on": _l("Day"),
    "minutes": _l("Duration (minutes)"),
    "reminders": _l("Reminder"),
    "owner": _l("Who does it"),
    "outcome": _l("What came of it"),
    "text": _l("Text"),
    "result": _l("Result"),
    "place": _l("Place"),
    "cost": _l("Cost"),
    "guests": _l("Takes part"),
    "account_id": _l("Customer"),
    "contact_id": _l("Contact"),
}
LOGGED_WORDS = {
    ActivityKind.CALL: _l("%(who)s called"),
    ActivityKind.VISIT: _l("%(who)s visited"),
    ActivityKind.DEMO: _l("%(who)s gave a demo"),
    ActivityKind.MAIL: _l("%(who)s wrote a mail"),
    ActivityKind.TASK: _l("%(who)s finished a task"),
    ActivityKind.PROMOTION: _l("%(who)s sent something to promote"),
    ActivityKind.NOTE: _l("%(who)s noted"),
}


def _within_reach() -> ColumnElement[bool] | None:
    """An activity's events are for those who may see the activity, also on its customer's page."""
    if scope.reaches_all(Permission.ACTIVITY_VIEW) and all(subject.within() is None for subject in subjects.every()):
        return None  # on a customer's page, which is open to the reader
    return _is_among(*queries.listed())


@lru_cache(maxsize=64)
def _is_among(*listed: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Activity.id == Event.subject_id, *listed)


keep("activity", _within_reach)


def _title(event: Event) -> str:
    subject = event.changed.get("subject", "")
    return str(subject[1] if isinstance(subject, list) else subject)


def _name(event: Event) -> Markup:
    shown = _title(event)
    if (request.view_args or {}).get("activity_id") == event.subject_id:
        return Markup("<strong>{}</strong>").format(shown)
    url = url_for("activities.show", activity_id=event.subject_id)
    return Markup('<a href="{}">{}</a>').format(url, shown)


def _kind(event: Event) -> kind_queries.Kind:
    kind = event.changed.get("kind", "task")
    return kind_queries.of(kind[1] if isinstance(kind, list) else kind)


def _told(sentence: str, event: Event, who: str) -> Markup:
    kind, name = _kind(event), _name(event)
    what = name if says_kind(_title(event), kind.key, kind.word) else Markup("{} · {}").format(kind.word, name)
    return said(sentence, who).replace(IT, what)


def _note(*parts: Any) -> Markup:
    shown = [Markup('<span class="event-note">{}</span>').format(part) for part in parts if part]
    return Markup("").join(shown)


def _when(changed: dict[str, Any]) -> Markup | str:
    if changed.get("due_on"):
        return ui.day(date.fromisoformat(changed["due_on"]))
    return ui.moment(datetime.fromisoformat(changed["starts_at"])) if changed.get("starts_at") else ""


@story(actions.PLANNED, "calendar-plus")
def _planned(event: Event, who: str) -> Markup:
    when = _when(event.changed)
    told = _told(_("%(who)s planned: %(what)s", who=ACTOR, what=IT), event, who)
    return told + Markup(" · {}").format(when) if when else told


def _beyond(text: str | None, subject: Any) -> str | None:
    """The text, unless the line above says it already: what is logged in a few words is its own subject."""
    return None if text and str(subject or "").rstrip(".。…") == text.strip().rstrip(".。…") else text


def _logged_words(kind: kind_queries.Kind) -> str:
    words: dict[str, Any] = {kind.value: word for kind, word in LOGGED_WORDS.items()}
    if kind.key in words and kind.word == KIND_WORDS[ActivityKind(kind.key)]:
        return str(words[kind.key]) % {"who": ACTOR}
    return _("%(who)s logged: %(what)s", who=ACTOR, what=kind.word)


@story(actions.LOGGED, lambda event: _kind(event).icon)
def _logged(event: Event, who: str) -> Markup:
    kind, text = _kind(event), event.changed.get("text")
    is_told = bool(event.changed.get("has_subject")) and says_kind(_title(event), kind.key, kind.word)
    told = said(_("%(who)s logged", who=ACTOR) if is_told else _logged_words(kind), who)
    if event.changed.get("contact"):
        told += Markup(" · {}").format(event.changed["contact"])
    if event.changed.get("has_subject"):
        told += escape(_(": ")) + _name(event)
    return told + _note(_beyond(text, event.changed.get("subject")) if event.changed.get("has_subject") else text)


@story(actions.COMPLETED, "circle-check")
def _completed(event: Event, who: str) -> Markup:
    told = _told(_("%(who)s completed: %(what)s", who=ACTOR, what=IT), event, who)
    return told + _note(event.changed.get("result"), event.changed.get("outcome"))


@story(actions.CANCELLED, "calendar-off")
def _cancelled(event: Event, who: str) -> Markup:
    return _told(_("%(who)s called off: %(what)s", who=ACTOR, what=IT), event, who)


@story(actions.REOPENED, "rotate-clockwise")
def _reopened(event: Event, who: str) -> Markup:
    return _told(_("%(who)s planned anew: %(what)s", who=ACTOR, what=IT), event, who)


@story(series_actions.BEGUN, "repeat")
def _repeated(event: Event, who: str) -> Markup:
    return _told(_("%(who)s lets this come again: %(what)s", who=ACTOR, what=IT), event, who)


@story(series_actions.ENDED, "calendar-off")
def _series_ended(event: Event, who: str) -> Markup:
    return _told(_("%(who)s called off, with all that follow: %(what)s", who=ACTOR, what=IT), event, who)


@story(series_actions.RESUMED, "repeat")
def _series_resumed(event: Event, who: str) -> Markup:
    return _told(_("%(who)s lets this go on: %(what)s", who=ACTOR, what=IT), event, who)


@story(actions.HANDED_OVER, "arrows-exchange")
def _handed_over(event: Event, who: str) -> Markup:
    return _told(_("%(who)s handed over: %(what)s", who=ACTOR, what=IT), event, who) + _note(_differences(event))


@story(actions.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    return _told(_("%(who)s changed: %(what)s", who=ACTOR, what=IT), event, who) + _note(_differences(event))


def _differences(event: Event) -> Markup:
    rows = []
    for field, pair in event.changed.items():
        if field in FIELD_WORDS and isinstance(pair, list):
            before, after = (_value(field, value) for value in pair)
            told = FIELD_WORDS[field]
            is_long = field.endswith("_id") or field == "text"
            rows.append(escape(told) if is_long else Markup("{}: {} → {}").format(told, before, after))
    return Markup("<br>").join(rows)


def _value(field: str, value: Any) -> Any:
    if value in (None, "", []):
        return "—"
    if field == "starts_at":
        return ui.moment(datetime.fromisoformat(value))
    if field == "due_on":
        return ui.day(date.fromisoformat(value))
    return told(value) if field == "reminders" else value


@notices.sentence(
    "activity.due", "alarm", _l("The time of something you planned comes"), notices.Topic.WORK, mail=notices.Mail.NOW
)
def _due(
    activity_kind: str,
    subject: str,
    at: str | None = None,
    on: str | None = None,
    zone: str = "UTC",
    customer: str | None = None,
) -> str:
    """Told with the hour on the owner's own clock, in the bell and in the letter that a worker writes alike."""
    reader = Words(get_locale() or Locale("en"), ZoneInfo(zone), clock.now())
    when = reader.moment(datetime.fromisoformat(at)) if at else reader.day(date.fromisoformat(on or ""))
    kind = kind_queries.of(activity_kind)
    facts = {"kind": kind.word, "when": when, "subject": subject, "customer": customer}
    if says_kind(subject, kind.key, kind.word):
        return _("%(subject)s, %(when)s (%(customer)s)", **facts) if customer else _("%(subject)s, %(when)s", **facts)
    if customer:
        return _("%(kind)s, %(when)s: %(subject)s (%(customer)s)", **facts)
    return _("%(kind)s, %(when)s: %(subject)s", **facts)


@notices.sentence(
    guest_actions.INVITED,
    "calendar-user",
    _l("A colleague counts on you for something planned"),
    notices.Topic.WORK,
    mail=notices.Mail.NOW,
)
def _invited(subject: str, by: str) -> str:
    return _("%(by)s counts on you: %(subject)s", by=by, subject=subject)


@notices.sentence(
    mention_actions.MENTIONED,
    "at",
    _l("A colleague names you in a note"),
    notices.Topic.WORK,
    mail=notices.Mail.NOW,
)
def _mentioned(by: str, subject: str) -> str:
    return _("%(by)s mentioned you: %(subject)s", by=by, subject=subject)
