"""How an order's events are told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape

from saas import ui
from saas.crm.orders import actions, handover_actions, sale_actions
from saas.crm.orders import delivery_actions as deliveries
from saas.crm.orders import state_actions as states
from saas.crm.orders.queries import KIND
from saas.crm.orders.record import many
from saas.crm.papers.stories import facts, keep_within
from saas.crm.papers.tales import PAPER, leading_to
from saas.tenants import stories
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, note, said

keep_within(KIND)
story = leading_to(KIND)


def _list(told: list[Markup]) -> Markup:
    items = Markup("").join(Markup("<li>{}</li>").format(one) for one in told)
    return Markup('<ul class="event-lines">{}</ul>').format(items) if told else Markup("")


def _moved(event: Event) -> Markup:
    rows = event.changed.get("lines", [])
    return _list([escape(f"{many(Decimal(row['quantity']), row['unit'])} × {row['line']}") for row in rows])


@story(actions.CREATED, "package")
def _created(event: Event, who: str) -> Markup:
    told = said(_("%(who)s wrote the order %(number)s: %(total)s", who=ACTOR, **facts(event)), who)
    quote, contract = event.changed.get("quote"), event.changed.get("contract")
    if contract:
        return told + note(_("Under the contract %(contract)s", contract=contract))
    return told + (note(_("From the quote %(quote)s", quote=quote)) if quote else "")


@story(actions.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    told = said(_("%(who)s changed the order %(number)s: %(total)s", who=ACTOR, **facts(event)), who)
    return told + _list([_change(row) for row in event.changed.get("lines", [])])


def _change(row: dict[str, Any]) -> Markup:
    if row["what"] != "changed":
        about = {"what": row["line"], "many": many(Decimal(row["quantity"]), row["unit"])}
        if row["what"] == "added":
            return escape(_("New: %(many)s × %(what)s", **about))
        return escape(_("Dropped: %(many)s × %(what)s", **about))
    parts = [
        _("%(label)s %(before)s → %(after)s", label=label, before=_figure(row[name][0]), after=_figure(row[name][1]))
        for name, label in _labels().items()
        if name in row
    ]
    return escape(f"{row['line']}: {_(', ').join(parts)}")


def _labels() -> dict[str, str]:
    return {
        "text": _("text"),
        "quantity": _("quantity"),
        "unit": _("unit"),
        "price": _("price"),
        "discount": _("discount"),
        "tax_percent": _("tax"),
    }


def _figure(value: Any) -> str:
    try:
        return ui.exact(Decimal(str(value)))
    except ArithmeticError:
        return str(value or "—")


@story(handover_actions.ASSIGNED, "user-share")
def _assigned(event: Event, who: str) -> Markup:
    about = {"number": PAPER, "name": event.changed["owner"][1]}
    return said(_("%(who)s gave the order %(number)s to %(name)s", who=ACTOR, **about), who)


@story(states.RESERVED, "package")
def _reserved(event: Event, who: str) -> Markup:
    return said(_("%(who)s reserved what has come in for %(number)s", who=ACTOR, number=PAPER), who)


@story(actions.DISCARDED, "trash")
def _discarded(event: Event, who: str) -> Markup:
    return said(_("%(who)s threw the draft %(number)s away", who=ACTOR, number=PAPER), who)


@story(states.CONFIRMED, "circle-check")
def _confirmed(event: Event, who: str) -> Markup:
    told = said(_("%(who)s confirmed the order %(number)s: %(total)s", who=ACTOR, **facts(event)), who)
    to = event.changed.get("to")
    return told + (note(_("The confirmation goes to %(to)s", to=to)) if to else "")


@story(states.CANCELLED, "circle-x")
def _cancelled(event: Event, who: str) -> Markup:
    told = said(_("%(who)s cancelled the order %(number)s", who=ACTOR, number=PAPER), who)
    return told + note(event.changed.get("reason"))


@story(states.CLOSED, "lock")
def _closed(event: Event, who: str) -> Markup:
    return said(_("%(who)s closed the order %(number)s", who=ACTOR, number=PAPER), who)


@story(states.REOPENED, "lock-open")
def _reopened(event: Event, who: str) -> Markup:
    return said(_("%(who)s took the order %(number)s up again", who=ACTOR, number=PAPER), who)


def _of_note(event: Event) -> dict[str, str]:
    return {"number": PAPER, "note": str(event.changed.get("note"))}


@story(deliveries.DELIVERED, "truck-delivery")
def _delivered(event: Event, who: str) -> Markup:
    told = said(_("%(who)s delivered from the order %(number)s with %(note)s", who=ACTOR, **_of_note(event)), who)
    return told + _moved(event) + note(event.changed.get("tracking"))


@story(deliveries.RETURNED, "arrow-back-up")
def _returned(event: Event, who: str) -> Markup:
    told = said(_("%(who)s took goods of the order %(number)s back with %(note)s", who=ACTOR, **_of_note(event)), who)
    return told + _moved(event) + note(event.changed.get("reason"))


@story(deliveries.UNDONE, "arrow-back-up")
def _undone(event: Event, who: str) -> Markup:
    about = {"undone": event.changed.get("undoes"), "note": event.changed.get("note")}
    told = said(_("%(who)s undid %(undone)s with %(note)s", who=ACTOR, **about), who)
    return told + note(event.changed.get("reason"))


@stories.story(sale_actions.TAKEN, "download")
def _taken(event: Event, who: str) -> Markup:
    rows = event.changed.get("rows", 0)
    sentence = ngettext("%(who)s took away %(num)s sold line", "%(who)s took away %(num)s sold lines", rows, who=ACTOR)
    return said(sentence, who)
