"""How what happens to stock is told on timelines."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from saas.crm.inventory import actions, count_actions, level_actions, reservation_actions, warehouse_actions
from saas.crm.inventory.models import KIND_WORDS, MovementKind
from saas.crm.inventory.quantities import said as shown
from saas.crm.inventory.quantities import signed
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story


@story(actions.MOVED, "arrows-transfer-up-down")
def _moved(event: Event, who: str) -> Markup:
    facts = event.changed
    told = {
        "who": ACTOR,
        "quantity": signed(Decimal(facts["quantity"])),
        "where": facts["warehouse"],
        "kind": KIND_WORDS[MovementKind(facts["kind"])],
    }
    if facts["is_correction"]:
        text = _("%(who)s corrected the stock in %(where)s: %(quantity)s", **told)
    else:
        text = _("%(who)s moved stock in %(where)s: %(kind)s %(quantity)s", **told)
    left = _("%(quantity)s there now", quantity=shown(Decimal(facts["on_hand"])))
    return said(text, who) + _note(*([facts["reason"]] if facts["reason"] else []), left)


@story(level_actions.LOW, "alert-triangle")
def _low(event: Event, who: str) -> Markup:
    told = {name: shown(Decimal(event.changed[name])) for name in ("available", "warn_below")}
    return said(_("Stock is low: %(available)s available, the level is %(warn_below)s", **told), who)


@story(level_actions.WARNED, "bell-cog")
def _warned(event: Event, who: str) -> Markup:
    where = event.changed["warehouse"]
    text = _("%(who)s set the level below which one is told", who=ACTOR)
    return said(text, who) + (_note(where) if where else Markup(""))


@story(reservation_actions.RESERVED, "lock")
def _reserved(event: Event, who: str) -> Markup:
    return said(_("%(who)s reserved %(quantity)s", who=ACTOR, quantity=_quantity(event)), who)


@story(level_actions.RELEASED, "lock-open")
def _released(event: Event, who: str) -> Markup:
    return said(_("%(who)s gave %(quantity)s back that were reserved", who=ACTOR, quantity=_quantity(event)), who)


@story(warehouse_actions.CREATED, "building-warehouse")
def _opened(event: Event, who: str) -> Markup:
    return said(_("%(who)s added the warehouse %(name)s", who=ACTOR, name=event.changed["name"]), who)


@story(warehouse_actions.CHANGED, "building-warehouse")
def _changed(event: Event, who: str) -> Markup:
    return said(_("%(who)s changed the warehouse", who=ACTOR), who)


@story(warehouse_actions.ARCHIVED, "archive")
def _archived(event: Event, who: str) -> Markup:
    return said(_("%(who)s archived the warehouse %(name)s", who=ACTOR, name=event.changed["name"]), who)


@story(warehouse_actions.RESTORED, "archive-off")
def _restored(event: Event, who: str) -> Markup:
    return said(_("%(who)s restored the warehouse %(name)s", who=ACTOR, name=event.changed["name"]), who)


@story(count_actions.STARTED, "clipboard-list")
def _count_started(event: Event, who: str) -> Markup:
    return said(_("%(who)s began to count in %(where)s", who=ACTOR, where=event.changed["warehouse"]), who)


@story(count_actions.POSTED, "clipboard-check")
def _count_posted(event: Event, who: str) -> Markup:
    many = event.changed["differences"]
    told = ngettext("%(num)s difference", "%(num)s differences", many)
    return said(_("%(who)s posted the count", who=ACTOR), who) + _note(told)


@story(count_actions.CANCELLED, "clipboard-x")
def _count_cancelled(event: Event, who: str) -> Markup:
    return said(_("%(who)s gave the count up", who=ACTOR), who)


def _quantity(event: Event) -> str:
    return shown(Decimal(event.changed["quantity"]))


def _note(*parts: str) -> Markup:
    return Markup('<span class="event-note">{}</span>').format(" · ".join(parts))
