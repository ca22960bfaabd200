"""How events about rates of exchange and PDFs are told; and what the stories of papers of all kinds begin with."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import ColumnElement, exists

from saas import ui
from saas.crm.papers import print_actions, rate_actions
from saas.crm.papers.kinds import Kind
from saas.crm.papers.tales import PAPER
from saas.tenants import scope
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, keep, said, story


def keep_within(kind: Kind[Any, Any]) -> None:
    """The events of a paper are for those who may see it, also on its customer's page."""

    @lru_cache(maxsize=8)
    def is_among(visible: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(kind.model.id == Event.subject_id, visible)

    keep(kind.table, lambda: is_among(scope.visible(kind.model, kind.view)))


def number(event: Event) -> str:
    """The number of the paper that an event is about."""
    return str(event.changed.get("number", ""))


def amount(event: Event, name: str = "gross") -> str:
    """An amount that an event tells, in its currency; after a change what it is now."""
    found = event.changed.get(name)
    now = found[1] if isinstance(found, list) else found
    return ui.money(Decimal(str(now or 0)), str(event.changed.get("currency") or "EUR"))


def facts(event: Event) -> dict[str, str]:
    """The place of its number, and the total of the paper that an event is about."""
    return {"number": PAPER, "total": amount(event)}


@story(rate_actions.NOTED, "currency-euro")
def _noted(event: Event, who: str) -> Markup:
    about = {"currency": event.changed["currency"], "rate": event.changed["rate"][1]}
    return said(_("%(who)s noted the rate of %(currency)s: %(rate)s", who=ACTOR, **about), who)


@story(rate_actions.DROPPED, "currency-euro")
def _dropped(event: Event, who: str) -> Markup:
    return said(_("%(who)s forgot a rate of %(currency)s", who=ACTOR, currency=event.changed["currency"]), who)


@story(print_actions.ASKED, "file-type-pdf")
def _asked(event: Event, who: str) -> Markup:
    return said(_("%(who)s had %(paper)s made as PDF", who=ACTOR, paper=event.changed.get("paper")), who)


@story(print_actions.MADE, "file-type-pdf")
def _made(event: Event, who: str) -> Markup:
    return said(_("%(who)s made the PDF", who=ACTOR), who)
