"""How a file is told on the timeline of a customer to whom it brought deals: in one line, while it isn't undone."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import ColumnElement, exists

from saas import ui
from saas.crm.opportunities.models import RESULT_WORDS, Opportunity, Result
from saas.crm.transfer.kinds.buyers import BROUGHT
from saas.crm.transfer.models import ImportRun
from saas.tenants import scope
from saas.tenants.models import Event
from saas.tenants.permissions import Permission
from saas.tenants.stories import ACTOR, keep, said, story


def _within_reach() -> ColumnElement[bool]:
    """For those who may see a deal of this customer, until the import is undone."""
    return _is_in(scope.visible(Opportunity, Permission.OPPORTUNITY_VIEW))


@lru_cache(maxsize=8)
def _is_in(visible: ColumnElement[bool]) -> ColumnElement[bool]:
    here: ColumnElement[bool] = exists().where(ImportRun.id == Event.subject_id, ImportRun.undone_at.is_(None))
    return here & exists().where(Opportunity.account_id == Event.account_id, visible)


keep(ImportRun.__tablename__, _within_reach)


@story(BROUGHT, "upload")
def _brought(event: Event, who: str) -> Markup:
    facts = event.changed
    sentence = ngettext(
        "%(who)s brought in %(num)s deal with %(file)s",
        "%(who)s brought in %(num)s deals with %(file)s",
        facts["count"],
        who=ACTOR,
        file=facts["name"],
    )
    notes = [_days(facts), _ends(facts), _since(facts)]
    told = Markup("<br>").join(note for note in notes if note)
    return said(sentence, who) + Markup('<span class="event-note">{}</span>').format(told)


def _days(facts: dict[str, Any]) -> str:
    first, last = (ui.words().dated(date.fromisoformat(facts[name])) for name in ("first", "last"))
    return first if first == last else _("from %(first)s to %(last)s", first=first, last=last)


def _ends(facts: dict[str, Any]) -> str:
    """How many were won, lost, and are open."""
    many = {Result.WON: facts["won"], Result.LOST: facts["lost"]}
    many[Result.OPEN] = facts["count"] - facts["won"] - facts["lost"]
    return " · ".join(f"{RESULT_WORDS[result]} {ui.number(count)}" for result, count in many.items() if count)


def _since(facts: dict[str, Any]) -> str:
    if not facts.get("bought"):
        return ""
    if owner := facts.get("owner"):
        return _("A customer from now on, looked after by %(owner)s", owner=owner)
    return _("A customer from now on")
