"""How the events of relations and cooperations are told."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from saas.crm.relations import actions
from saas.crm.relations.models import (
    COOPERATION_WORDS,
    KIND_WORDS,
    STATE_WORDS,
    CooperationKind,
    CooperationState,
    RelationKind,
)
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story

FIELD_WORDS = {
    "kind": _l("Kind"),
    "state": _l("State"),
    "starts_on": _l("Begins"),
    "ends_on": _l("Ends"),
    "remarks": _l("Remarks"),
    "result": _l("What came of it"),
    "opportunity_id": _l("Deal"),
}
LINK = "\ufffa"  # keeps the place of a link through the translation


@story(actions.RELATED, "arrows-exchange")
def _related(event: Event, who: str) -> Markup:
    about = {"kind": KIND_WORDS[RelationKind(event.changed["kind"])], "name": event.changed["name"]}
    return said(_("%(who)s noted: %(kind)s %(name)s", who=ACTOR, **about), who)


@story(actions.PARTED, "arrows-exchange")
def _parted(event: Event, who: str) -> Markup:
    about = {"kind": KIND_WORDS[RelationKind(event.changed["kind"])], "name": event.changed["name"]}
    return said(_("%(who)s took away: %(kind)s %(name)s", who=ACTOR, **about), who)


@story(actions.BEGUN, "users-group")
def _begun(event: Event, who: str) -> Markup:
    return said(_("%(who)s noted the cooperation %(subject)s", who=ACTOR, subject=LINK), who).replace(
        LINK, _linked(event)
    )


@story(actions.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    told = said(_("%(who)s changed the cooperation %(subject)s", who=ACTOR, subject=LINK), who)
    rows = [
        Markup("{}: {} → {}").format(FIELD_WORDS[name], *(_value(name, value) for value in pair))
        for name, pair in event.changed.items()
        if name in FIELD_WORDS and isinstance(pair, list) and name != "opportunity_id"
    ]
    note = Markup('<span class="event-note">{}</span>').format(Markup("<br>").join(rows)) if rows else Markup("")
    return told.replace(LINK, _linked(event)) + note


@story(actions.ASSIGNED, "user-check")
def _assigned(event: Event, who: str) -> Markup:
    about = {"subject": event.changed.get("subject", ""), "owner": (event.changed.get("owner") or [None, ""])[1]}
    return said(_("%(who)s gave the cooperation %(subject)s to %(owner)s", who=ACTOR, **about), who)


def _linked(event: Event) -> Markup:
    url = url_for("relations.show", cooperation_id=event.subject_id)
    return Markup('<a href="{}">{}</a>').format(url, event.changed["subject"])


def _value(name: str, value: Any) -> Any:
    if value in (None, ""):
        return "—"
    if name == "kind":
        return COOPERATION_WORDS[CooperationKind(value)]
    return STATE_WORDS[CooperationState(value)] if name == "state" else escape(value)
