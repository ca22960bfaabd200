"""How stated numbers are told in the trail."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from markupsafe import Markup

from saas import ui
from saas.crm.forecasts import actions
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story


@story(actions.CALLED, "chart-histogram")
def _called(event: Event, who: str) -> Markup:
    told = _("%(who)s expects %(amount)s in %(month)s", who=ACTOR, amount=_amount(event), month=_month(event))
    return said(told, who) + _why(event)


@story(actions.ADJUSTED, "chart-histogram")
def _adjusted(event: Event, who: str) -> Markup:
    about = {"owner": event.changed["owner"], "month": _month(event), "amount": _amount(event)}
    told = _("%(who)s expects %(amount)s of %(owner)s in %(month)s", who=ACTOR, **about)
    return said(told, who) + _why(event)


def _amount(event: Event) -> str:
    return ui.money(Decimal(event.changed["amount"]), event.changed["currency"])


def _month(event: Event) -> str:
    return ui.month(date.fromisoformat(event.changed["month"]))


def _why(event: Event) -> Markup:
    reason = event.changed.get("reason")
    return Markup('<span class="event-note">{}</span>').format(reason) if reason else Markup("")
