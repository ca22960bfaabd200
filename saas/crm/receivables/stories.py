"""How the events of invoices are told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from saas import ui
from saas.crm.receivables import actions, term_actions
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story


def _said(event: Event) -> dict[str, Any]:
    changed = event.changed
    total = ui.money(Decimal(str(changed.get("gross") or 0)), str(changed.get("currency") or "EUR"))
    return {"number": str(changed.get("number", "")), "total": total}


@story(actions.CREATED, "receipt")
def _created(event: Event, who: str) -> Markup:
    if event.changed.get("quote"):
        about = {"quote": event.changed["quote"], "total": _said(event)["total"]}
        return said(_("%(who)s made an invoice of the quote %(quote)s: %(total)s", who=ACTOR, **about), who)
    return said(_("%(who)s wrote an invoice: %(total)s", who=ACTOR, total=_said(event)["total"]), who)


@story(actions.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    return said(_("%(who)s changed the invoice", who=ACTOR), who)


@story(actions.DISCARDED, "trash")
def _discarded(event: Event, who: str) -> Markup:
    return said(_("%(who)s threw the draft of an invoice away", who=ACTOR), who)


@story(actions.ISSUED, "receipt")
def _issued(event: Event, who: str) -> Markup:
    return said(_("%(who)s issued the invoice %(number)s: %(total)s", who=ACTOR, **_said(event)), who)


@story(actions.SENT, "send")
def _sent(event: Event, who: str) -> Markup:
    about = {"number": _said(event)["number"], "to": event.changed.get("to")}
    told = said(_("%(who)s sent the invoice %(number)s to %(to)s", who=ACTOR, **about), who)
    words = event.changed.get("words")
    return told + (Markup('<span class="event-note">{}</span>').format(words) if words else Markup(""))


@story(term_actions.CHOSEN, "calendar-due")
def _chosen(event: Event, who: str) -> Markup:
    days = event.changed.get("days", [None, None])[1]
    if days is None:
        return said(_("%(who)s gave the customer the usual days to pay", who=ACTOR), who)
    return said(_("%(who)s gave the customer %(days)s days to pay", who=ACTOR, days=days), who)
