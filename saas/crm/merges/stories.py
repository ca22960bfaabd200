"""How merges are told."""

from __future__ import annotations

from flask_babel import gettext as _
from markupsafe import Markup

from saas.crm.customers.stories import differences
from saas.crm.merges import actions
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story


@story(actions.MERGED, "arrow-merge")
def _merged(event: Event, who: str) -> Markup:
    facts = _of(event, "merged", "number")
    text = _("%(who)s merged %(merged)s (%(number)s) into this customer", who=ACTOR, **facts)
    return said(text, who) + differences(event)


@story(actions.CONTACT_MERGED, "arrow-merge")
def _contact_merged(event: Event, who: str) -> Markup:
    text = _("%(who)s merged %(merged)s into this contact", who=ACTOR, **_of(event, "merged"))
    return said(text, who) + differences(event)


@story(actions.WENT_INTO, "arrow-merge")
@story(actions.CONTACT_WENT_INTO, "arrow-merge")
def _went_into(event: Event, who: str) -> Markup:
    return said(_("%(who)s merged %(name)s into %(into)s", who=ACTOR, **_of(event, "name", "into")), who)


@story(actions.PARTED, "arrows-split-2")
@story(actions.CONTACT_PARTED, "arrows-split-2")
def _parted(event: Event, who: str) -> Markup:
    return said(_("%(who)s undid the merge with %(name)s", who=ACTOR, **_of(event, "name")), who)


@story(actions.DISMISSED, "users")
def _dismissed(event: Event, who: str) -> Markup:
    return said(_("%(who)s said that two records are not the same", who=ACTOR), who)


@story(actions.BROUGHT_BACK, "users")
def _brought_back(event: Event, who: str) -> Markup:
    return said(_("%(who)s took back that two records are not the same", who=ACTOR), who)


def _of(event: Event, *names: str) -> dict[str, str]:
    return {name: str(event.changed.get(name) or "") for name in names}
