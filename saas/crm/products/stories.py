"""How a product's events are told."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from saas.crm.products import actions
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story

FIELD_WORDS = {
    "name": _l("Name"),
    "number": _l("Article number"),
    "series": _l("Series"),
    "category": _l("Category"),
    "unit": _l("Unit"),
    "price": _l("List price"),
    "currency": _l("Currency"),
    "remarks": _l("Remarks"),
}


@story(actions.CREATED, "box")
def _created(event: Event, who: str) -> Markup:
    return said(_("%(who)s added this product", who=ACTOR), who)


@story(actions.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    rows = [
        Markup("{}: {} → {}").format(FIELD_WORDS[name], *(escape(v) if v not in (None, "") else "—" for v in pair))
        for name, pair in event.changed.items()
        if name in FIELD_WORDS and isinstance(pair, list)
    ]
    note = Markup('<span class="event-note">{}</span>').format(Markup("<br>").join(rows)) if rows else Markup("")
    return said(_("%(who)s changed the record", who=ACTOR), who) + note


@story(actions.ARCHIVED, "archive")
def _archived(event: Event, who: str) -> Markup:
    return said(_("%(who)s took this product out of sale", who=ACTOR), who)


@story(actions.RESTORED, "archive-off")
def _restored(event: Event, who: str) -> Markup:
    return said(_("%(who)s put this product on sale again", who=ACTOR), who)


@story(actions.SPELLED, "abc")
def _spelled(event: Event, who: str) -> Markup:
    text = _("%(who)s noted that %(spelling)s means this product", who=ACTOR, spelling=event.changed["spelling"])
    return said(text, who)


@story(actions.UNSPELLED, "abc")
def _unspelled(event: Event, who: str) -> Markup:
    text = _("%(who)s forgot the spelling %(spelling)s", who=ACTOR, spelling=event.changed["spelling"])
    return said(text, who)
