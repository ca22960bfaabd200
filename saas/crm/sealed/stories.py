"""How it is told that a confidential detail was kept, taken away or looked at."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from saas.crm.sealed import actions
from saas.crm.sealed.models import DETAIL_WORDS, Detail
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story


def _facts(event: Event) -> dict[str, Any]:
    detail, name = DETAIL_WORDS[Detail(event.changed["detail"])], event.changed.get("name")
    return {"what": _("%(what)s of %(name)s", what=detail, name=name) if name else detail}


@story(actions.KEPT, "lock")
def _kept(event: Event, who: str) -> Markup:
    return said(_("%(who)s wrote a confidential detail: %(what)s", who=ACTOR, **_facts(event)), who)


@story(actions.REMOVED, "lock-off")
def _removed(event: Event, who: str) -> Markup:
    return said(_("%(who)s took a confidential detail away: %(what)s", who=ACTOR, **_facts(event)), who)


@story(actions.SHOWN, "eye")
def _shown(event: Event, who: str) -> Markup:
    return said(_("%(who)s looked at a confidential detail: %(what)s", who=ACTOR, **_facts(event)), who)
