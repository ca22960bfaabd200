"""How a lead's events are told."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from saas.crm.leads import actions
from saas.crm.leads.models import STATE_WORDS, LeadState
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story

FIELD_WORDS = {
    "name": _l("Name"),
    "company": _l("Company"),
    "phone": _l("Phone"),
    "email": _l("Mail"),
    "source": _l("Source"),
    "remarks": _l("Remarks"),
}


def _note(text: object) -> Markup:
    return Markup('<span class="event-note">{}</span>').format(text) if text else Markup("")


@story(actions.CREATED, "target")
def _created(event: Event, who: str) -> Markup:
    return said(_("%(who)s added this lead", who=ACTOR), who)


@story(actions.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    rows = [
        Markup("{}: {} → {}").format(FIELD_WORDS[name], *(escape(v) if v not in (None, "") else "—" for v in pair))
        for name, pair in event.changed.items()
        if name in FIELD_WORDS and isinstance(pair, list)
    ]
    return said(_("%(who)s changed the record", who=ACTOR), who) + _note(Markup("<br>").join(rows))


@story(actions.MOVED, "arrow-right")
def _moved(event: Event, who: str) -> Markup:
    state = STATE_WORDS[LeadState(event.changed["state"][1])]
    return said(_("%(who)s set it to “%(state)s”", who=ACTOR, state=state), who) + _note(event.changed.get("reason"))


@story(actions.ASSIGNED, "user-check")
def _assigned(event: Event, who: str) -> Markup:
    owner = (event.changed.get("owner") or [None, ""])[1]
    return said(_("%(who)s gave this lead to %(owner)s", who=ACTOR, owner=owner), who)


@story(actions.GIVEN, "building-bridge")
def _given(event: Event, who: str) -> Markup:
    partner = event.changed.get("partner", "")
    return said(_("%(who)s gave this lead to the partner %(partner)s", who=ACTOR, partner=partner), who)


@story(actions.WITHDRAWN, "arrow-back-up")
def _withdrawn(event: Event, who: str) -> Markup:
    partner = event.changed.get("partner") or ""
    return said(_("%(who)s took this lead back from %(partner)s", who=ACTOR, partner=partner), who)
