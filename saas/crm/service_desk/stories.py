"""How a case's events are told, and to whom; and how people came into the portals."""

from __future__ import annotations

from functools import lru_cache

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, exists

from saas.crm.service_desk.models import KIND_WORDS, PRIORITY_WORDS, Case, CaseEvent, CaseKind, Priority
from saas.tenants import scope
from saas.tenants.events import EventName
from saas.tenants.models import Event
from saas.tenants.permissions import Permission
from saas.tenants.stories import ACTOR, keep, said, story

CASE = "\ufffb"  # keeps the case's place through the translation, as ACTOR does the actor's
FIELD_WORDS = {
    "subject": _l("Subject"),
    "kind": _l("Kind"),
    "priority": _l("Priority"),
    "contact_id": _l("Contact"),
    "opportunity_id": _l("Deal"),
}


def _within_reach() -> ColumnElement[bool] | None:
    """A case's events are for those who may see the case, also on its customer's page."""
    if scope.reaches_all(Permission.CASE_VIEW):
        return None
    return _is_among(scope.visible(Case, Permission.CASE_VIEW))


@lru_cache(maxsize=8)
def _is_among(visible: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Case.id == Event.subject_id, visible)


keep(Case.__tablename__, _within_reach)


def _told(sentence: str, event: Event, who: str) -> Markup:
    """The sentence with the case as a link; on the case's own page "this case"."""
    subject = event.changed.get("subject", "")
    subject = subject[1] if isinstance(subject, list) else subject
    if (request.view_args or {}).get("case_id") == event.subject_id:
        case = escape(_("this case"))
    else:
        url = url_for("service_desk.show", case_id=event.subject_id)
        case = Markup('<a href="{}">{}</a>').format(url, f"{event.changed.get('number', '')} {subject}".strip())
    return said(sentence, who).replace(CASE, case)


@story(CaseEvent.FILED, "headset")
def _filed(event: Event, who: str) -> Markup:
    kind = event.changed.get("kind")
    if kind == CaseKind.COMPLAINT:
        return _told(_("%(who)s filed a complaint: %(case)s", who=ACTOR, case=CASE), event, who)
    if kind == CaseKind.QUESTION:
        return _told(_("%(who)s asked a question: %(case)s", who=ACTOR, case=CASE), event, who)
    return _told(_("%(who)s asked for service: %(case)s", who=ACTOR, case=CASE), event, who)


@story(CaseEvent.ANSWERED, "message-2")
def _answered(event: Event, who: str) -> Markup:
    return _told(_("%(who)s answered %(case)s", who=ACTOR, case=CASE), event, who)


@story(CaseEvent.REPLIED, "message-circle")
def _replied(event: Event, who: str) -> Markup:
    return _told(_("%(who)s wrote in %(case)s", who=ACTOR, case=CASE), event, who)


@story(CaseEvent.NOTED, "note")
def _noted(event: Event, who: str) -> Markup:
    return _told(_("%(who)s noted something on %(case)s", who=ACTOR, case=CASE), event, who)


def _passed_on(event: Event, who: str) -> Markup:
    if event.changed.get("owner_id") == str(event.actor_id):
        return _told(_("%(who)s took %(case)s", who=ACTOR, case=CASE), event, who)
    owner = (event.changed.get("owner") or [None, ""])[1]
    return _told(_("%(who)s gave %(case)s to %(owner)s", who=ACTOR, case=CASE, owner=owner), event, who)


story(CaseEvent.ASSIGNED, "user-check")(_passed_on)
story(CaseEvent.HANDED_OVER, "user-check")(_passed_on)


@story(CaseEvent.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    told = _told(_("%(who)s changed %(case)s", who=ACTOR, case=CASE), event, who)
    rows = [_difference(name, pair) for name, pair in event.changed.items() if name in FIELD_WORDS and _is_pair(pair)]
    note = Markup('<span class="event-note">{}</span>').format(Markup("<br>").join(rows)) if rows else Markup("")
    return told + note


@story(CaseEvent.SOLVED, "circle-check")
def _solved(event: Event, who: str) -> Markup:
    return _told(_("%(who)s solved %(case)s", who=ACTOR, case=CASE), event, who)


@story(CaseEvent.CLOSED, "circle-check")
def _closed(event: Event, who: str) -> Markup:
    return _told(_("%(who)s closed %(case)s", who=ACTOR, case=CASE), event, who)


@story(CaseEvent.REOPENED, "refresh")
def _reopened(event: Event, who: str) -> Markup:
    return _told(_("%(who)s took %(case)s up again", who=ACTOR, case=CASE), event, who)


@story(CaseEvent.RATED, "star")
def _rated(event: Event, who: str) -> Markup:
    rating = event.changed.get("rating", "")
    return _told(_("%(who)s closed %(case)s with %(rating)s of 5", who=ACTOR, case=CASE, rating=rating), event, who)


@story(EventName.PORTAL_USER_INVITED, "send")
def _invited(event: Event, who: str) -> Markup:
    return said(_("%(who)s invited %(name)s to the portal", who=ACTOR, name=event.changed.get("name", "")), who)


@story(EventName.PORTAL_USER_JOINED, "door-enter")
def _joined(event: Event, who: str) -> Markup:
    return said(_("%(name)s came into the portal", name=event.changed.get("name", who)), who)


def _is_pair(pair: object) -> bool:
    return isinstance(pair, list) and len(pair) == 2


def _difference(name: str, pair: list[str]) -> Markup:
    if name.endswith("_id"):
        return Markup("{}").format(FIELD_WORDS[name])
    before, after = (escape(_word(name, value)) for value in pair)
    return Markup("{}: {} → {}").format(FIELD_WORDS[name], before, after)


def _word(name: str, value: str) -> object:
    if name == "kind":
        return KIND_WORDS[CaseKind(value)]
    return PRIORITY_WORDS[Priority(value)] if name == "priority" else value
