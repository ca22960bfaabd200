"""How an expense's events are told, and who hears of them."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from saas.crm.expenses import actions
from saas.crm.expenses.queries import KIND
from saas.crm.papers.stories import amount, keep_within, number
from saas.tenants import notices
from saas.tenants.models import Event
from saas.tenants.permissions import Permission
from saas.tenants.stories import ACTOR, note, said, story

keep_within(KIND)


def _facts(event: Event) -> dict[str, str]:
    return {"number": number(event), "amount": amount(event, "amount")}


@story(actions.CREATED, "receipt")
def _created(event: Event, who: str) -> Markup:
    return said(_("%(who)s wrote down the expense %(number)s: %(amount)s", who=ACTOR, **_facts(event)), who)


@story(actions.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    return said(_("%(who)s changed the expense", who=ACTOR), who)


@story(actions.DISCARDED, "trash")
def _discarded(event: Event, who: str) -> Markup:
    return said(_("%(who)s threw the expense %(number)s away", who=ACTOR, number=number(event)), who)


@story(actions.HANDED_IN, "send")
def _handed_in(event: Event, who: str) -> Markup:
    return said(_("%(who)s handed in %(number)s: %(amount)s", who=ACTOR, **_facts(event)), who)


@story(actions.APPROVED, "circle-check")
def _approved(event: Event, who: str) -> Markup:
    told = said(_("%(who)s approved %(number)s: %(amount)s", who=ACTOR, **_facts(event)), who)
    return told + note(event.changed.get("words"))


@story(actions.SENT_BACK, "arrow-back-up")
def _sent_back(event: Event, who: str) -> Markup:
    told = said(_("%(who)s sent %(number)s back", who=ACTOR, number=number(event)), who)
    return told + note(event.changed.get("words"))


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
