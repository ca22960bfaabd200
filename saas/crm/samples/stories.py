"""How the clearing is told."""

from __future__ import annotations

from flask_babel import gettext as _
from markupsafe import Markup

from saas.crm.samples import queries
from saas.crm.transfer.reasons import counted
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story


@story(queries.CLEARED, "eraser")
def _cleared(event: Event, who: str) -> Markup:
    kept = counted(event.changed.get("kept", {}))
    if not kept:
        return said(_("%(who)s cleared the sample data", who=ACTOR), who)
    sentence = _(
        "%(who)s cleared the sample data. What somebody had added to stayed: %(things)s", who=ACTOR, things=kept
    )
    return said(sentence, who)
