"""How batches are told."""

from __future__ import annotations

from flask_babel import gettext as _
from markupsafe import Markup

from saas.crm.batches import actions
from saas.crm.batches.models import Deed
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story


@story(actions.STARTED, "checks")
def _started(event: Event, who: str) -> Markup:
    if event.changed.get("deed") == Deed.PLAN:
        facts = {"what": event.changed.get("subject", ""), "total": event.changed.get("total", "")}
        return said(_("%(who)s planned %(what)s with %(total)s customers", who=ACTOR, **facts), who)
    if event.changed.get("deed") == Deed.HAND_OVER:
        facts = {"name": event.changed.get("leaver", ""), "total": event.changed.get("total", "")}
        return said(_("%(who)s handed over the book of %(name)s: %(total)s customers", who=ACTOR, **facts), who)
    return said(_("%(who)s changed %(total)s customers at once", who=ACTOR, total=event.changed.get("total", "")), who)


@story(actions.UNDONE, "arrow-back-up")
def _undone(event: Event, who: str) -> Markup:
    return said(
        _("%(who)s undid a change to %(total)s customers", who=ACTOR, total=event.changed.get("total", "")), who
    )
