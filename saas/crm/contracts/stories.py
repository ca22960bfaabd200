"""How a contract's events are told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup, escape

from saas import money, ui
from saas.crm.contracts import actions, handover_actions
from saas.crm.contracts import milestone_actions as milestones
from saas.crm.contracts import state_actions as states
from saas.crm.contracts.queries import KIND
from saas.crm.papers.stories import facts, keep_within
from saas.crm.papers.tales import PAPER, leading_to
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, note, said

keep_within(KIND)
story = leading_to(KIND)


def _day(value: Any) -> str:
    return str(ui.words().full_day(date.fromisoformat(value))) if value else ""


@story(actions.CREATED, "file-text")
def _created(event: Event, who: str) -> Markup:
    told = said(_("%(who)s wrote the contract %(number)s: %(total)s", who=ACTOR, **facts(event)), who)
    quote = event.changed.get("quote")
    return told + (note(_("From the quote %(quote)s", quote=quote)) if quote else "")


@story(actions.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    return said(_("%(who)s changed the contract", who=ACTOR), who)


@story(actions.DISCARDED, "trash")
def _discarded(event: Event, who: str) -> Markup:
    return said(_("%(who)s threw the draft %(number)s away", who=ACTOR, number=PAPER), who)


@story(states.SIGNED, "writing-sign")
def _signed(event: Event, who: str) -> Markup:
    told = said(_("%(who)s noted that the contract %(number)s is signed: %(total)s", who=ACTOR, **facts(event)), who)
    name = event.changed.get("name")
    return told + (note(_("Signed by %(name)s", name=name)) if name else "")


@story(states.ENDED, "circle-x")
def _ended(event: Event, who: str) -> Markup:
    about = {"number": PAPER, "day": _day(event.changed.get("on"))}
    told = said(_("%(who)s lets the contract %(number)s end on %(day)s", who=ACTOR, **about), who)
    return told + note(event.changed.get("reason"))


@story(states.RENEWED, "repeat")
def _renewed(event: Event, who: str) -> Markup:
    about = {"number": PAPER, "before": str(event.changed.get("before", ""))}
    told = said(_("%(who)s renewed %(before)s with %(number)s", who=ACTOR, **about), who)
    percent = Decimal(str(event.changed.get("percent") or 0))
    return told + (note(_("Prices %(percent)s %%", percent=f"{percent:+f}")) if percent else "")


@story(states.BEGAN, "circle-check")
def _began(event: Event, who: str) -> Markup:
    return escape(_("The contract %(number)s began", number=PAPER))


@story(states.EXPIRED, "clock")
def _expired(event: Event, who: str) -> Markup:
    return escape(_("The contract %(number)s came to its end", number=PAPER))


@story(states.ENDS_SOON, "bell-ringing")
def _ends_soon(event: Event, who: str) -> Markup:
    days = int(event.changed.get("days") or 0)
    return escape(
        ngettext(
            "The contract %(number)s ends in %(num)s day",
            "The contract %(number)s ends in %(num)s days",
            days,
            number=PAPER,
        )
    )


@story(states.REMINDERS_SET, "bell")
def _reminders_set(event: Event, who: str) -> Markup:
    days = _(", ").join(str(one) for one in event.changed["days"][1])
    about = {"number": PAPER, "days": days or _("no")}
    return said(_("%(who)s set the reminders of %(number)s: %(days)s days before its end", who=ACTOR, **about), who)


@story(handover_actions.ASSIGNED, "user-share")
def _assigned(event: Event, who: str) -> Markup:
    about = {"number": PAPER, "name": event.changed["owner"][1]}
    return said(_("%(who)s gave the contract %(number)s to %(name)s", who=ACTOR, **about), who)


def _due(event: Event) -> str:
    name, amount = str(event.changed.get("name", "")), event.changed.get("amount")
    if amount is None:
        return name
    return (
        f"{name}, {ui.money(money.rounded(Decimal(str(amount)), event.changed['currency']), event.changed['currency'])}"
    )


@story(milestones.ADDED, "flag")
def _added(event: Event, who: str) -> Markup:
    about = {"what": _due(event), "day": _day(event.changed.get("due_on"))}
    return said(_("%(who)s noted what is due on %(day)s: %(what)s", who=ACTOR, **about), who)


@story(milestones.DONE, "circle-check")
def _done(event: Event, who: str) -> Markup:
    return said(_("%(who)s noted as done: %(what)s", who=ACTOR, what=_due(event)), who)


@story(milestones.REOPENED, "rotate-clockwise")
def _reopened(event: Event, who: str) -> Markup:
    return said(_("%(who)s noted as not done after all: %(what)s", who=ACTOR, what=_due(event)), who)


@story(milestones.DROPPED, "flag-off")
def _dropped(event: Event, who: str) -> Markup:
    return said(_("%(who)s took off what was due: %(what)s", who=ACTOR, what=_due(event)), who)
