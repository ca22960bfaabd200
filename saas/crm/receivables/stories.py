"""How the events of invoices, credit notes and payments are told."""

from __future__ import annotations

from flask_babel import gettext as _
from markupsafe import Markup

from saas.crm.papers.stories import amount, number
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
from saas.tenants.stories import ACTOR, note, said, story


def _facts(event: Event) -> dict[str, str]:
    return {"number": number(event), "total": amount(event)}


@story(actions.CREATED, "receipt")
def _created(event: Event, who: str) -> Markup:
    sentences = {
        "quote": _("%(who)s made an invoice of the quote %(quote)s: %(total)s"),
        "order": _("%(who)s made an invoice of the order %(order)s: %(total)s"),
        "contract": _("%(who)s made an invoice of the contract %(contract)s: %(total)s"),
    }
    for source, sentence in sentences.items():
        if event.changed.get(source):
            return said(sentence % {"who": ACTOR, source: event.changed[source], "total": amount(event)}, who)
    return said(_("%(who)s wrote an invoice: %(total)s", who=ACTOR, total=amount(event)), who)


@story(actions.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    return said(_("%(who)s changed the invoice", who=ACTOR), who)


@story(actions.DISCARDED, "trash")
def _discarded(event: Event, who: str) -> Markup:
    return said(_("%(who)s threw the draft of an invoice away", who=ACTOR), who)


@story(actions.ISSUED, "receipt")
def _issued(event: Event, who: str) -> Markup:
    return said(_("%(who)s issued the invoice %(number)s: %(total)s", who=ACTOR, **_facts(event)), who)


@story(actions.SENT, "send")
def _sent(event: Event, who: str) -> Markup:
    about = {"number": number(event), "to": event.changed.get("to")}
    told = said(_("%(who)s sent the invoice %(number)s to %(to)s", who=ACTOR, **about), who)
    return told + note(event.changed.get("words"))


@story(term_actions.CHOSEN, "calendar-due")
def _chosen(event: Event, who: str) -> Markup:
    days = event.changed.get("days", [None, None])[1]
    if days is None:
        return said(_("%(who)s gave the customer the usual days to pay", who=ACTOR), who)
    return said(_("%(who)s gave the customer %(days)s days to pay", who=ACTOR, days=days), who)


@story(credit_actions.ISSUED, "receipt-refund")
def _credited(event: Event, who: str) -> Markup:
    about = _facts(event) | {"invoice": event.changed.get("invoice")}
    sentence = _("%(who)s took %(total)s of the invoice %(invoice)s back by %(number)s", who=ACTOR, **about)
    return said(sentence, who) + note(event.changed.get("reason"))


@story(credit_actions.SENT, "send")
def _note_sent(event: Event, who: str) -> Markup:
    about = {"number": number(event), "to": event.changed.get("to")}
    told = said(_("%(who)s sent the credit note %(number)s to %(to)s", who=ACTOR, **about), who)
    return told + note(event.changed.get("words"))


@story(payment_actions.RECORDED, "coins")
def _recorded(event: Event, who: str) -> Markup:
    return said(_("%(who)s noted a payment of %(amount)s", who=ACTOR, amount=amount(event, "amount")), who)


@story(payment_actions.USED, "coins")
def _used(event: Event, who: str) -> Markup:
    used = amount(event, "used")
    return said(_("%(who)s used %(amount)s of the customer's credit for invoices", who=ACTOR, amount=used), who)


@story(payment_actions.TAKEN_BACK, "arrow-back-up")
def _taken_back(event: Event, who: str) -> Markup:
    told = said(_("%(who)s took a payment of %(amount)s back", who=ACTOR, amount=amount(event, "amount")), who)
    return told + note(event.changed.get("reason"))


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
    told = said(_("%(who)s reminded the customer of %(amount)s", who=ACTOR, amount=amount(event, "owed")), who)
    return told + note(_("Reminder %(step)s", step=event.changed.get("step")))


@story(reminder_actions.DISPUTED, "message-2-question")
def _disputed(event: Event, who: str) -> Markup:
    about = {"number": event.changed.get("number")}
    told = said(_("%(who)s noted that the customer disputes the invoice %(number)s", who=ACTOR, **about), who)
    return told + note(event.changed.get("why"))


@story(reminder_actions.SETTLED, "circle-check")
def _dispute_settled(event: Event, who: str) -> Markup:
    about = {"number": event.changed.get("number")}
    return said(_("%(who)s settled the dispute about the invoice %(number)s", who=ACTOR, **about), who)
