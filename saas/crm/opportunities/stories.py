"""How a deal's events are told, and to whom."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, exists

from saas import ui
from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
from saas.crm.opportunities import actions, move_actions, owner_actions, rival_actions, share_actions
from saas.crm.opportunities.categories import CATEGORY_WORDS, Category
from saas.crm.opportunities.models import RESULT_WORDS, STARTING_STAGES, Opportunity, Result
from saas.crm.opportunities.queries import reached
from saas.crm.opportunities.rival_models import FOOTING_WORDS, Footing
from saas.tenants import scope
from saas.tenants.models import Event
from saas.tenants.permissions import Permission
from saas.tenants.stories import ACTOR, keep, said, story

FIELD_WORDS = {
    "name": _l("Name"),
    "amount": _l("Amount"),
    "currency": _l("Currency"),
    "probability": _l("Probability"),
    "expected_on": _l("Expected on"),
    "next_step": _l("Next step"),
    "remarks": _l("Remarks"),
    "account_id": _l("Customer"),
    "contact_id": _l("Contact"),
    "product_id": _l("Product"),
    "forecast": _l("Forecast"),
    "channel": _l("Channel"),
    "partner_id": _l("Partner"),
}


def _within_reach() -> ColumnElement[bool]:
    """A deal's events are for those who may see the deal, also on its customer's page; gone with the deal.

    There the many that a file opened are told in one line, by whoever brought it.
    """
    is_own_page = _is_own_page()
    seen = reached() if is_own_page else scope.visible(Opportunity, Permission.OPPORTUNITY_VIEW)
    return _is_among(seen, is_own_page)


@lru_cache(maxsize=8)
def _is_among(visible: ColumnElement[bool], is_own_page: bool) -> ColumnElement[bool]:
    found: ColumnElement[bool] = exists().where(Opportunity.id == Event.subject_id, visible)
    return found if is_own_page else found & ~((Event.name == actions.CREATED) & Event.changed.has_key("file"))


def _is_own_page() -> bool:
    return "opportunity_id" in (request.view_args or {})


keep("opportunity", _within_reach)

DEAL = "\ufffb"  # keeps the deal's place through the translation, as ACTOR does the actor's


def _told(sentence: str, event: Event, who: str) -> Markup:
    """The sentence with the deal's name as a link; on the deal's own page "this deal"."""
    name = event.changed.get("name")
    shown = name[1] if isinstance(name, list) else name
    if (request.view_args or {}).get("opportunity_id") == event.subject_id or not shown:
        deal = escape(_("this deal"))
    else:
        url = url_for("opportunities.show", opportunity_id=event.subject_id)
        deal = Markup('<a href="{}">{}</a>').format(url, shown)
    return said(sentence, who).replace(DEAL, deal)


def _note(text: object) -> Markup:
    return Markup('<span class="event-note">{}</span>').format(text) if text else Markup("")


@story(actions.CREATED, "coins")
def _created(event: Event, who: str) -> Markup:
    if file := event.changed.get("file"):
        opened = ui.words().dated(date.fromisoformat(event.changed["opened_on"]))
        told = _("%(who)s brought in %(deal)s with %(file)s", who=ACTOR, deal=DEAL, file=file)
        return _told(told, event, who) + _note(_("opened on %(day)s", day=opened))
    return _told(_("%(who)s opened %(deal)s", who=ACTOR, deal=DEAL), event, who)


@story(actions.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    rows = []
    for name, pair in event.changed.items():
        if name in FIELD_WORDS and isinstance(pair, list):
            before, after = (_value(name, v) for v in pair)
            told = FIELD_WORDS[name]
            rows.append(escape(told) if name.endswith("_id") else Markup("{}: {} → {}").format(told, before, after))
    return _told(_("%(who)s changed %(deal)s", who=ACTOR, deal=DEAL), event, who) + _note(Markup("<br>").join(rows))


def _value(name: str, value: Any) -> Markup | str:
    if name == "forecast":
        return escape(CATEGORY_WORDS[Category(value)] if value else _("by its probability"))
    if name == "channel":
        return escape(fields.label(Dictionary.CHANNEL, value) or "—")
    return escape(value) if value not in (None, "") else "—"


def _stages(event: Event) -> tuple[str, str]:
    """From which stage to which a deal went, in the reader's words."""
    before, after = (
        str(STARTING_STAGES[key][0]) if key in STARTING_STAGES else label
        for key, label in zip(event.changed["stage_key"], event.changed["stage"], strict=True)
    )
    if "pipeline" in event.changed:
        both = zip(event.changed["pipeline"], (before, after), strict=True)
        before, after = (_("%(pipeline)s: %(stage)s", pipeline=way, stage=stage) for way, stage in both)
    return before, after


@story(actions.MOVED, "arrow-right")
def _moved(event: Event, who: str) -> Markup:
    before, after = _stages(event)
    told = _told(_("%(who)s moved %(deal)s to %(stage)s", who=ACTOR, deal=DEAL, stage=after), event, who)
    return told + _note(_("before: %(stage)s", stage=before))


@story(move_actions.MOVED_BACK, "arrow-back-up")
def _moved_back(event: Event, who: str) -> Markup:
    wrong, here = _stages(event)
    told = _told(_("%(who)s took %(deal)s back to %(stage)s", who=ACTOR, deal=DEAL, stage=here), event, who)
    return told + _note(_("before: %(stage)s", stage=wrong))


@story(actions.WON, "trophy")
def _won(event: Event, who: str) -> Markup:
    return _told(_("%(who)s won %(deal)s", who=ACTOR, deal=DEAL), event, who) + _note(_end(event))


@story(actions.LOST, "circle-x")
def _lost(event: Event, who: str) -> Markup:
    return _told(_("%(who)s marked %(deal)s as lost", who=ACTOR, deal=DEAL), event, who) + _note(_end(event))


@story(actions.REOPENED, "refresh")
def _reopened(event: Event, who: str) -> Markup:
    return _told(_("%(who)s reopened %(deal)s", who=ACTOR, deal=DEAL), event, who) + _note(event.changed.get("reason"))


@story(move_actions.OPENED_BACK, "arrow-back-up")
def _opened_back(event: Event, who: str) -> Markup:
    ended = RESULT_WORDS[Result(event.changed["result"][0])]
    told = _told(_("%(who)s opened %(deal)s again at once", who=ACTOR, deal=DEAL), event, who)
    return told + _note(_("before: %(stage)s", stage=ended))


@story(owner_actions.ASSIGNED, "user-check")
def _assigned(event: Event, who: str) -> Markup:
    owner = (event.changed.get("owner") or [None, ""])[1]
    return _told(_("%(who)s gave %(deal)s to %(owner)s", who=ACTOR, deal=DEAL, owner=owner), event, who)


@story(share_actions.SHARED, "users")
def _shared(event: Event, who: str) -> Markup:
    after = _(", ").join(event.changed["shares"][1])
    told = _told(_("%(who)s said who else sells %(deal)s", who=ACTOR, deal=DEAL), event, who)
    return told + _note(after or _("nobody else"))


@story(actions.ARCHIVED, "archive")
def _archived(event: Event, who: str) -> Markup:
    return _told(_("%(who)s archived %(deal)s", who=ACTOR, deal=DEAL), event, who)


@story(actions.RESTORED, "archive-off")
def _restored(event: Event, who: str) -> Markup:
    return _told(_("%(who)s restored %(deal)s", who=ACTOR, deal=DEAL), event, who)


@story(rival_actions.NAMED, "swords")
def _rival_named(event: Event, who: str) -> Markup:
    told = _("%(who)s noted that %(rival)s stands against %(deal)s", who=ACTOR, deal=DEAL, rival=event.changed["rival"])
    return _told(told, event, who) + _note(_stands(event))


@story(rival_actions.TOLD, "swords")
def _rival_told(event: Event, who: str) -> Markup:
    told = _("%(who)s noted how %(rival)s stands in %(deal)s", who=ACTOR, deal=DEAL, rival=event.changed["rival"])
    return _told(told, event, who) + _note(_stands(event))


@story(rival_actions.TAKEN_OFF, "swords")
def _rival_off(event: Event, who: str) -> Markup:
    told = _("%(who)s took %(rival)s off %(deal)s", who=ACTOR, deal=DEAL, rival=event.changed["rival"])
    return _told(told, event, who)


@story(rival_actions.BEATEN, "swords")
def _rival_won(event: Event, who: str) -> Markup:
    told = _("%(who)s noted that %(deal)s went to %(rival)s", who=ACTOR, deal=DEAL, rival=event.changed["rival"])
    return _told(told, event, who)


def _stands(event: Event) -> str:
    price, standing = event.changed.get("price"), event.changed.get("standing")
    told = ui.money(Decimal(price), event.changed["currency"]) if price else ""
    return " · ".join(str(part) for part in (FOOTING_WORDS[Footing(standing)] if standing else "", told) if part)


def _end(event: Event) -> str:
    amount, currency = event.changed.get("amount"), event.changed.get("currency")
    sum_ = ui.money(Decimal(amount), currency) if amount and currency else ""
    loss = fields.label(Dictionary.LOSS, event.changed.get("loss"))
    return " · ".join(part for part in (sum_, loss, event.changed.get("reason")) if part)
