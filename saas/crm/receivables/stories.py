"""How the events of invoices, credit notes and payments are told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from saas import ui
from saas.crm.receivables import (
    actions,
    bank_actions,
    credit_actions,
    payment_actions,
    reminder_actions,
    statement_actions,
    term_actions,
)
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story


def _said(event: Event) -> dict[str, Any]:
    changed = event.changed
    total = ui.money(Decimal(str(changed.get("gross") or 0)), str(changed.get("currency") or "EUR"))
    return {"number": str(changed.get("number", "")), "total": total}


def _note(text: Any) -> Markup:
    return Markup('<span class="event-note">{}</span>').format(text) if text else Markup("")


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
    return told + _note(event.changed.get("words"))


@story(term_actions.CHOSEN, "calendar-due")
def _chosen(event: Event, who: str) -> Markup:
    days = event.changed.get("days", [None, None])[1]
    if days is None:
        return said(_("%(who)s gave the customer the usual days to pay", who=ACTOR), who)
    return said(_("%(who)s gave the customer %(days)s days to pay", who=ACTOR, days=days), who)


def _paid(event: Event) -> str:
    return ui.money(Decimal(str(event.changed.get("amount") or 0)), str(event.changed.get("currency") or "EUR"))


@story(credit_actions.ISSUED, "receipt-refund")
def _credited(event: Event, who: str) -> Markup:
    about = _said(event) | {"invoice": event.changed.get("invoice")}
    sentence = _("%(who)s took %(total)s of the invoice %(invoice)s back by %(number)s", who=ACTOR, **about)
    return said(sentence, who) + _note(event.changed.get("reason"))


@story(credit_actions.SENT, "send")
def _note_sent(event: Event, who: str) -> Markup:
    about = {"number": _said(event)["number"], "to": event.changed.get("to")}
    told = said(_("%(who)s sent the credit note %(number)s to %(to)s", who=ACTOR, **about), who)
    return told + _note(event.changed.get("words"))


@story(payment_actions.RECORDED, "coins")
def _recorded(event: Event, who: str) -> Markup:
    return said(_("%(who)s noted a payment of %(amount)s", who=ACTOR, amount=_paid(event)), who)


@story(payment_actions.USED, "coins")
def _used(event: Event, who: str) -> Markup:
    used = ui.money(Decimal(str(event.changed.get("used") or 0)), str(event.changed.get("currency") or "EUR"))
    return said(_("%(who)s used %(amount)s of the customer's credit for invoices", who=ACTOR, amount=used), who)


@story(payment_actions.TAKEN_BACK, "arrow-back-up")
def _taken_back(event: Event, who: str) -> Markup:
    told = said(_("%(who)s took a payment of %(amount)s back", who=ACTOR, amount=_paid(event)), who)
    return told + _note(event.changed.get("reason"))


@story(bank_actions.BROUGHT, "building-bank")
def _brought(event: Event, who: str) -> Markup:
    return said(_("%(who)s brought in the statement %(name)s", who=ACTOR, name=event.changed.get("name")), who)


@story(bank_actions.READ, "building-bank")
def _read(event: Event, who: str) -> Markup:
    return said(_("%(who)s read the statement %(name)s", who=ACTOR, name=event.changed.get("name")), who)


@story(bank_actions.BOOKED, "coins")
def _booked(event: Event, who: str) -> Markup:
    about = {"name": event.changed.get("name"), "lines": event.changed.get("lines")}
    return said(_("%(who)s booked lines of the statement %(name)s: %(lines)s", who=ACTOR, **about), who)


@story(bank_actions.UNDONE, "arrow-back-up")
def _undone(event: Event, who: str) -> Markup:
    about = {"name": event.changed.get("name"), "lines": event.changed.get("lines")}
    return said(_("%(who)s opened lines of the statement %(name)s again: %(lines)s", who=ACTOR, **about), who)


@story(bank_actions.LEFT, "x")
def _left(event: Event, who: str) -> Markup:
    about = {"name": event.changed.get("name"), "lines": event.changed.get("lines")}
    return said(_("%(who)s left lines of the statement %(name)s out: %(lines)s", who=ACTOR, **about), who)


@story(statement_actions.PRINTED, "file-type-pdf")
def _printed(event: Event, who: str) -> Markup:
    return said(_("%(who)s had a statement of account made", who=ACTOR), who)


@story(reminder_actions.WRITTEN, "bell-ringing")
def _reminded(event: Event, who: str) -> Markup:
    owed = ui.money(Decimal(str(event.changed.get("owed") or 0)), str(event.changed.get("currency") or "EUR"))
    told = said(_("%(who)s reminded the customer of %(amount)s", who=ACTOR, amount=owed), who)
    return told + _note(_("Reminder %(step)s", step=event.changed.get("step")))


@story(reminder_actions.DISPUTED, "message-2-question")
def _disputed(event: Event, who: str) -> Markup:
    about = {"number": event.changed.get("number")}
    told = said(_("%(who)s noted that the customer disputes the invoice %(number)s", who=ACTOR, **about), who)
    return told + _note(event.changed.get("why"))


@story(reminder_actions.SETTLED, "circle-check")
def _dispute_settled(event: Event, who: str) -> Markup:
    about = {"number": event.changed.get("number")}
    return said(_("%(who)s settled the dispute about the invoice %(number)s", who=ACTOR, **about), who)
