"""How events of coupons are told."""

from __future__ import annotations

from flask_babel import gettext as _
from markupsafe import Markup

from saas import ui
from saas.crm.products import coupon_actions as actions
from saas.forms import figure
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, said, story


@story(actions.CREATED, "ticket")
def _created(event: Event, who: str) -> Markup:
    return said(_("%(who)s made this coupon", who=ACTOR), who)


@story(actions.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    return said(_("%(who)s changed this coupon", who=ACTOR), who)


@story(actions.STOPPED, "player-stop")
def _stopped(event: Event, who: str) -> Markup:
    return said(_("%(who)s stopped this coupon", who=ACTOR), who)


@story(actions.RESUMED, "player-play")
def _resumed(event: Event, who: str) -> Markup:
    return said(_("%(who)s let this coupon be used again", who=ACTOR), who)


@story(actions.REDEEMED, "ticket")
def _redeemed(event: Event, who: str) -> Markup:
    amount = ui.money(figure(event.changed["amount"]), event.changed["currency"])
    code = event.changed["code"]
    return said(_("%(who)s took %(amount)s off by the coupon %(code)s", who=ACTOR, amount=amount, code=code), who)


@story(actions.GIVEN_BACK, "ticket-off")
def _given_back(event: Event, who: str) -> Markup:
    return said(_("%(who)s gave the coupon %(code)s back", who=ACTOR, code=event.changed["code"]), who)
