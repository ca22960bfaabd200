"""How the events of partners and their registrations are told, on the timelines of accounts and leads."""

from __future__ import annotations

from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select

from saas.crm.partners import actions
from saas.crm.partners.models import Registration
from saas.statements import RECORD
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, also, said, story


@story(actions.OPENED, "building-bridge")
def _opened(event: Event, who: str) -> Markup:
    return said(_("%(who)s made this company a partner", who=ACTOR), who)


@story(actions.ENDED, "building-bridge")
def _ended(event: Event, who: str) -> Markup:
    return said(_("%(who)s ended the partnership", who=ACTOR), who)


@story(actions.REGISTERED, "file-plus")
def _registered(event: Event, who: str) -> Markup:
    return said(_("%(who)s registered %(company)s", who=ACTOR, company=event.changed.get("company", "")), who)


@story(actions.ACCEPTED, "circle-check")
def _accepted(event: Event, who: str) -> Markup:
    return said(_("%(who)s accepted the registration", who=ACTOR), who)


@story(actions.DECLINED, "circle-x")
def _declined(event: Event, who: str) -> Markup:
    note = Markup('<span class="event-note">{}</span>').format(event.changed.get("reason", ""))
    return said(_("%(who)s declined the registration", who=ACTOR), who) + note


# How a lead was registered is told on its own timeline.
_MINE = select(Registration.id).where(Registration.lead_id == RECORD)
also("lead", (Event.subject_kind == Registration.__tablename__) & Event.subject_id.in_(_MINE))
