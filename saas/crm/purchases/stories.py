"""How a purchase's events are told, to those who may see purchases."""

from __future__ import annotations

from decimal import Decimal

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import ColumnElement, false

from saas import ui
from saas.crm.purchases import actions, receipt_actions
from saas.crm.purchases.models import Purchase
from saas.tenants import scope
from saas.tenants.models import Event
from saas.tenants.permissions import Permission
from saas.tenants.stories import ACTOR, keep, said, story


def _within_reach() -> ColumnElement[bool] | None:
    return None if scope.may(Permission.PURCHASE_VIEW) else false()


keep(Purchase.__tablename__, _within_reach)


def _link(event: Event) -> Markup:
    url = url_for("purchases.show", purchase_id=event.subject_id)
    return Markup('<a href="{}">{}</a>').format(url, event.changed.get("number", _("the purchase")))


@story(actions.CREATED, "file-plus")
def _created(event: Event, who: str) -> Markup:
    net = ui.money(Decimal(event.changed["net"]), event.changed["currency"])
    told = {"who": ACTOR, "purchase": "\ufff9", "net": net}
    return _told(_("%(who)s drew up the purchase %(purchase)s over %(net)s", **told), event, who)


@story(actions.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    return said(_("%(who)s changed the purchase", who=ACTOR), who)


@story(actions.ORDERED, "shopping-cart")
def _ordered(event: Event, who: str) -> Markup:
    return _told(_("%(who)s ordered %(purchase)s", who=ACTOR, purchase="\ufff9"), event, who)


@story(receipt_actions.RECEIVED, "package-import")
def _received(event: Event, who: str) -> Markup:
    told = {"who": ACTOR, "purchase": "\ufff9"}
    if event.changed["is_whole"]:
        return _told(_("%(who)s took in the rest of %(purchase)s", **told), event, who)
    text = ngettext(
        "%(who)s took in %(num)s line of %(purchase)s",
        "%(who)s took in %(num)s lines of %(purchase)s",
        event.changed["lines"],
        **told,
    )
    return _told(text, event, who)


@story(receipt_actions.TAKEN_BACK, "arrow-back-up")
def _taken_back(event: Event, who: str) -> Markup:
    return _told(_("%(who)s took back a receipt of %(purchase)s", who=ACTOR, purchase="\ufff9"), event, who)


@story(actions.CANCELLED, "x")
def _cancelled(event: Event, who: str) -> Markup:
    return _told(_("%(who)s cancelled %(purchase)s", who=ACTOR, purchase="\ufff9"), event, who)


@story(actions.CLOSED, "check")
def _closed(event: Event, who: str) -> Markup:
    return _told(_("%(who)s called off the rest of %(purchase)s", who=ACTOR, purchase="\ufff9"), event, who)


def _told(sentence: str, event: Event, who: str) -> Markup:
    return said(sentence, who).replace("\ufff9", _link(event))
