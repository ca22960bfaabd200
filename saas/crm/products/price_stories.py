"""How events of prices and price lists are told."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup

from saas import ui
from saas.crm.products import price_actions as actions
from saas.forms import figure
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story

FIELD_WORDS = {
    "name": _l("Name"),
    "currency": _l("Currency"),
    "audience": _l("For whom"),
    "level": _l("Level"),
    "starts_on": _l("Holds from"),
    "ends_on": _l("Holds until"),
    "percent_off": _l("Off every list price"),
    "note": _l("Note"),
}


@story(actions.PRICE_SET, "coin")
def _price_set(event: Event, who: str) -> Markup:
    currency, (_before, after) = event.changed["currency"], event.changed["price"]
    if after is None:
        return said(_("%(who)s took the list price in %(currency)s out", who=ACTOR, currency=currency), who)
    price = ui.price(figure(after), currency)
    return said(_("%(who)s set the list price to %(price)s", who=ACTOR, price=price), who)


@story(actions.CREATED, "tags")
def _created(event: Event, who: str) -> Markup:
    return said(_("%(who)s made the price list “%(name)s”", who=ACTOR, name=_name(event)), who)


@story(actions.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    rows = [
        Markup("{}: {} → {}").format(FIELD_WORDS[name], *(v if v not in (None, "") else "—" for v in pair))
        for name, pair in event.changed.items()
        if name in FIELD_WORDS and name != "audience" and isinstance(pair, list)
    ]
    note = Markup('<span class="event-note">{}</span>').format(Markup("<br>").join(rows)) if rows else Markup("")
    return said(_("%(who)s changed the price list “%(name)s”", who=ACTOR, name=_name(event)), who) + note


@story(actions.PRICED, "coin")
def _priced(event: Event, who: str) -> Markup:
    text = ngettext(
        "%(who)s changed %(num)s price of the price list “%(name)s”",
        "%(who)s changed %(num)s prices of the price list “%(name)s”",
        _many(event),
        who=ACTOR,
        name=_name(event),
    )
    return said(text, who)


@story(actions.UNPRICED, "arrow-back-up")
def _unpriced(event: Event, who: str) -> Markup:
    text = ngettext(
        "%(who)s put %(num)s price of the price list “%(name)s” back",
        "%(who)s put %(num)s prices of the price list “%(name)s” back",
        _many(event),
        who=ACTOR,
        name=_name(event),
    )
    return said(text, who)


@story(actions.ARCHIVED, "archive")
def _archived(event: Event, who: str) -> Markup:
    return said(_("%(who)s archived the price list “%(name)s”", who=ACTOR, name=_name(event)), who)


@story(actions.RESTORED, "archive-off")
def _restored(event: Event, who: str) -> Markup:
    return said(_("%(who)s brought the price list “%(name)s” back", who=ACTOR, name=_name(event)), who)


def _name(event: Event) -> str:
    """What the price list was called then; its events are told on its customer's page too."""
    return str(event.changed.get("list") or event.changed.get("name", ""))


def _many(event: Event) -> int:
    rows: list[Any] = event.changed["rows"]
    return len(rows)
