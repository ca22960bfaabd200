"""How points are told on a customer's timeline."""

from __future__ import annotations

from flask_babel import gettext as _
from markupsafe import Markup

from saas.crm.points import actions
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story


@story(actions.GIVEN, "coin")
def _given(event: Event, who: str) -> Markup:
    points = event.changed["points"]
    if event.changed["is_taken_back"]:
        return said(_("%(who)s gave %(points)s points back", who=ACTOR, points=points), who) + _why(event)
    return said(_("%(who)s gave %(points)s points", who=ACTOR, points=points), who) + _why(event)


@story(actions.TAKEN, "coin-off")
def _taken(event: Event, who: str) -> Markup:
    points = event.changed["points"]
    if event.changed["is_taken_back"]:
        return said(_("%(who)s took %(points)s points back", who=ACTOR, points=points), who) + _why(event)
    return said(_("%(who)s took %(points)s points", who=ACTOR, points=points), who) + _why(event)


def _why(event: Event) -> Markup:
    left = _("%(balance)s left", balance=event.changed["balance"])
    return Markup('<span class="event-note">{} · {}</span>').format(event.changed["reason"], left)
