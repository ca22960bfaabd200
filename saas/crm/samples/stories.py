"""How the clearing is told."""

from __future__ import annotations

from flask_babel import gettext as _
from markupsafe import Markup

from saas.crm.samples import actions
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story


@story(actions.CLEARED, "eraser")
def _cleared(event: Event, who: str) -> Markup:
    return said(_("%(who)s cleared the sample data", who=ACTOR), who)
