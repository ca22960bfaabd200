"""How a product's events are told."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary
from saas.crm.products import actions, bundle_actions, coupon_stories, price_stories, tax_actions, tax_queries
from saas.forms import figure, plainly
from saas.tenants import scope
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story

__all__ = ["coupon_stories", "price_stories"]  # told there

FIELD_WORDS = {
    "name": _l("Name"),
    "number": _l("Article number"),
    "series": _l("Series"),
    "category": _l("Category"),
    "unit": _l("Unit"),
    "price": _l("List price"),
    "currency": _l("Currency"),
    "cost": _l("Cost"),
    "tax_rate_id": _l("Tax"),
    "is_stocked": _l("Kept in stock"),
    "sold_from": _l("Sold from"),
    "sold_until": _l("Sold until"),
    "variant": _l("Variant"),
    "remarks": _l("Remarks"),
}


@story(actions.CREATED, "box")
def _created(event: Event, who: str) -> Markup:
    return said(_("%(who)s added this product", who=ACTOR), who)


@story(actions.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    rows = [
        Markup("{}: {} → {}").format(FIELD_WORDS[name], *(_value(name, v) for v in pair))
        for name, pair in event.changed.items()
        if name in FIELD_WORDS and isinstance(pair, list) and scope.who().sees(f"product.{name}")
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


def _value(name: str, value: Any) -> Any:
    """A value of a field as the reader knows it."""
    if name == "is_stocked":
        return _("Yes") if value else _("No")
    if name == "tax_rate_id":
        rate = next((one for one in tax_queries.every().values() if str(one.id) == value), None)
        return rate.name if rate else _("As usual")
    if value in (None, ""):
        return "—"
    if name in ("price", "cost"):
        return plainly(figure(str(value)), 2)
    return words.label(Dictionary.UNIT, str(value)) if name == "unit" else value


@story(bundle_actions.PARTED, "packages")
def _parted(event: Event, who: str) -> Markup:
    rows = [
        Markup("{}: {} → {}").format(name, *(plainly(figure(str(many))) if many is not None else "—" for many in pair))
        for name, pair in event.changed["parts"].items()
    ]
    note = Markup('<span class="event-note">{}</span>').format(Markup("<br>").join(rows)) if rows else Markup("")
    return said(_("%(who)s said of what this bundle is made", who=ACTOR), who) + note


def _rate(event: Event) -> str:
    return str(event.changed.get("name") or event.changed.get("rate", ""))


@story(tax_actions.ADDED, "receipt-tax")
def _rate_added(event: Event, who: str) -> Markup:
    return said(_("%(who)s added the tax rate “%(name)s”", who=ACTOR, name=_rate(event)), who)


@story(tax_actions.CHANGED, "receipt-tax")
def _rate_changed(event: Event, who: str) -> Markup:
    name = str(event.changed.get("rate", ""))
    return said(_("%(who)s changed the tax rate “%(name)s”", who=ACTOR, name=name), who)


@story(tax_actions.ARCHIVED, "archive")
def _rate_archived(event: Event, who: str) -> Markup:
    return said(_("%(who)s archived the tax rate “%(name)s”", who=ACTOR, name=_rate(event)), who)


@story(tax_actions.RESTORED, "archive-off")
def _rate_restored(event: Event, who: str) -> Markup:
    return said(_("%(who)s brought the tax rate “%(name)s” back", who=ACTOR, name=_rate(event)), who)
