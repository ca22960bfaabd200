"""How an expense's events are told, and who hears of them."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import ColumnElement, exists

from saas import ui
from saas.crm.expenses import actions, queries
from saas.crm.expenses.models import Expense
from saas.tenants import notices, scope
from saas.tenants.models import Event
from saas.tenants.permissions import Permission
from saas.tenants.stories import ACTOR, keep, said, story


def _within_reach() -> ColumnElement[bool]:
    """An expense's events are for those who may see the expense, also on its customer's page."""
    return _is_among(scope.visible(Expense, queries.VIEW))


@lru_cache(maxsize=8)
def _is_among(visible: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Expense.id == Event.subject_id, visible)


keep(Expense.__tablename__, _within_reach)


def _facts(event: Event) -> dict[str, str]:
    amount = ui.money(Decimal(str(event.changed.get("amount") or 0)), str(event.changed.get("currency") or "EUR"))
    return {"number": str(event.changed.get("number", "")), "amount": amount}


def _note(text: Any) -> Markup:
    return Markup('<span class="event-note">{}</span>').format(text) if text else Markup("")


@story(actions.CREATED, "receipt")
def _created(event: Event, who: str) -> Markup:
    return said(_("%(who)s wrote down the expense %(number)s: %(amount)s", who=ACTOR, **_facts(event)), who)


@story(actions.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    return said(_("%(who)s changed the expense", who=ACTOR), who)


@story(actions.DISCARDED, "trash")
def _discarded(event: Event, who: str) -> Markup:
    return said(_("%(who)s threw the expense %(number)s away", who=ACTOR, number=_facts(event)["number"]), who)


@story(actions.HANDED_IN, "send")
def _handed_in(event: Event, who: str) -> Markup:
    return said(_("%(who)s handed in %(number)s: %(amount)s", who=ACTOR, **_facts(event)), who)


@story(actions.APPROVED, "circle-check")
def _approved(event: Event, who: str) -> Markup:
    told = said(_("%(who)s approved %(number)s: %(amount)s", who=ACTOR, **_facts(event)), who)
    return told + _note(event.changed.get("words"))


@story(actions.SENT_BACK, "arrow-back-up")
def _sent_back(event: Event, who: str) -> Markup:
    told = said(_("%(who)s sent %(number)s back", who=ACTOR, number=_facts(event)["number"]), who)
    return told + _note(event.changed.get("words"))


@story(actions.PAID, "cash")
def _paid(event: Event, who: str) -> Markup:
    return said(_("%(who)s paid %(number)s: %(amount)s", who=ACTOR, **_facts(event)), who)


@story(actions.PRINTED, "file-type-pdf")
def _printed(event: Event, who: str) -> Markup:
    return said(_("%(who)s had the expenses of a month printed", who=ACTOR), who)


# ── behind the bell ─────────────────────────────────────────────────────────────────────────────────────────────────


@notices.sentence(
    actions.HANDED_IN,
    "receipt",
    _l("An expense waits for your word"),
    notices.Topic.WORK,
    right=Permission.EXPENSE_APPROVE,
)
def _waits(number: str, name: str, amount: str) -> str:
    return _("%(name)s hands in %(number)s: %(amount)s", name=name, number=number, amount=amount)


@notices.sentence(
    actions.APPROVED,
    "circle-check",
    _l("An expense of yours is approved"),
    notices.Topic.WORK,
    right=Permission.EXPENSE_VIEW,
)
def _is_approved(number: str, name: str, amount: str) -> str:
    return _("%(name)s approves %(number)s: %(amount)s", name=name, number=number, amount=amount)


@notices.sentence(
    actions.SENT_BACK,
    "arrow-back-up",
    _l("An expense of yours is sent back"),
    notices.Topic.WORK,
    right=Permission.EXPENSE_VIEW,
)
def _is_sent_back(number: str, name: str, amount: str) -> str:
    return _("%(name)s sends %(number)s back", name=name, number=number)


@notices.sentence(
    actions.PAID, "cash", _l("An expense of yours is paid"), notices.Topic.WORK, right=Permission.EXPENSE_VIEW
)
def _is_paid(number: str, name: str, amount: str) -> str:
    return _("%(number)s is paid: %(amount)s", number=number, amount=amount)
