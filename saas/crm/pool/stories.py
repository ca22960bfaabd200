"""How the pool's events are told, on timelines and behind the bell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from saas import ui
from saas.crm.customers import territory_queries as territories
from saas.crm.customers.models import KIND_WORDS, AccountKind, ReclaimReason
from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary
from saas.crm.pool import (
    actions,
    pool_actions,
    queries,
    sweep_undo_actions,
    territory_actions,
    trial_actions,
    undo_actions,
)
from saas.crm.pool.models import ACTS, REASON_WORDS, ReleaseReason
from saas.crm.pool.route_models import KIND, PROPERTY_WORDS, TERRITORY
from saas.tenants import notices
from saas.tenants.models import Event
from saas.tenants.permissions import Permission
from saas.tenants.stories import ACTOR, said, story

RETURNING, RETURNING_OF, RETURNED = "pool.returning", "pool.returning_of", "pool.returned"


@story(actions.CLAIMED, "user-check")
def _claimed(event: Event, who: str) -> Markup:
    told = said(_("%(who)s claimed this customer from the pool", who=ACTOR), who)
    step, day = event.changed.get("step"), event.changed.get("step_by")
    if not step or not day:
        return told
    until = _("until %(day)s", day=format_date(date.fromisoformat(day), "medium"))
    return told + Markup('<span class="event-note">{} · {}</span>').format(step, until)


@story(queries.LOCKED, "lock")
def _locked(event: Event, who: str) -> Markup:
    until = ui.words().dated_moment(datetime.fromisoformat(event.changed["until"]))
    return said(_("%(who)s locked this customer until %(day)s", who=ACTOR, day=until), who)


@story(pool_actions.LAID, "beach")
def _laid(event: Event, who: str) -> Markup:
    name = event.changed.get("into") or _("Main pool")
    return said(_("%(who)s moved this customer to the pool “%(name)s”", who=ACTOR, name=name), who)


@story(undo_actions.TAKEN_BACK, "arrow-back-up")
def _taken_back(event: Event, who: str) -> Markup:
    return said(_("%(who)s took back that this customer was assigned", who=ACTOR), who)


@story(undo_actions.LAID_BACK, "arrow-back-up")
def _laid_back(event: Event, who: str) -> Markup:
    return said(_("%(who)s moved this customer back to the pool it came from", who=ACTOR), who)


@story(sweep_undo_actions.RESTORED, "arrow-back-up")
def _restored(event: Event, who: str) -> Markup:
    owner = event.changed.get("to", "")
    told = said(_("%(who)s gave this customer back to %(owner)s from the pool", who=ACTOR, owner=owner), who)
    return told + Markup('<span class="event-note">{}</span>').format(event.changed.get("why") or "")


@story(queries.UNLOCKED, "lock-open")
def _unlocked(event: Event, who: str) -> Markup:
    return said(_("%(who)s unlocked this customer", who=ACTOR), who)


@story(actions.RELEASED, "arrow-back-up")
def _released(event: Event, who: str) -> Markup:
    return said(_("%(who)s gave this customer back to the pool", who=ACTOR), who) + _note(event)


@story(actions.RECLAIMED, "beach")
def _reclaimed(event: Event, who: str) -> Markup:
    owner = event.changed.get("from", "")
    why = str(event.changed.get("reason") or "no_contact")
    told = {
        "no_deal": _("Returned to the pool: %(owner)s opened no deal", owner=owner),
        "not_won": _("Returned to the pool: %(owner)s has not won them in time", owner=owner),
        "missed_intent": _("Returned to the pool: %(owner)s did not do what was promised", owner=owner),
    }
    return escape(told.get(why) or _("Returned to the pool: %(owner)s had no contact for too long", owner=owner))


def _note(event: Event) -> Markup:
    told = [word(event.changed.get("reason")), event.changed.get("note")]
    shown = " · ".join(w for w in told if w)
    return Markup('<span class="event-note">{}</span>').format(shown) if shown else Markup("")


def word(reason: object) -> str:
    """The word for why a customer lies in the pool."""
    rules = {
        "no_contact": _("No contact"),
        "no_deal": _("No deal opened"),
        "not_won": _("Not won in time"),
        "missed_intent": _("Promise not kept"),
        "contract_over": _("No new contract"),
    }
    if str(reason) in rules:
        return rules[str(reason)]
    try:
        return str(REASON_WORDS[ReleaseReason(str(reason))])
    except ValueError:
        return ""


def rule_words(rule: Mapping[str, Any]) -> str:
    """A rule by which a customer was handed out, in the reader's words."""
    name, values = rule["property"], rule["values"]
    if name is None:
        return _("Everybody else")
    return _("%(what)s: %(which)s", what=PROPERTY_WORDS.get(name, name), which=_(", ").join(_values(name, values)))


def _values(name: str, values: Sequence[str]) -> list[str]:
    if name == KIND:
        return [str(KIND_WORDS[AccountKind(one)]) for one in values if one in set(AccountKind)]
    if name == TERRITORY:
        known = dict(territories.choices())
        return [str(known.get(one, _("a territory that is gone"))) for one in values]
    if name in set(Dictionary):
        return [str(words.label(Dictionary(name), one) or one) for one in values]
    return list(values)


@notices.sentence(
    RETURNING,
    "beach",
    _l("Customers of yours return to the pool soon"),
    notices.Topic.CUSTOMERS,
    mail=notices.Mail.NOW,
    right=Permission.POOL_VIEW,
)
def _returning(*, count: int, name: str, reason: str | None = None, **_params: object) -> str:
    if count == 1:
        told = _("%(name)s returns to the pool soon.", name=name)
    else:
        told = ngettext(
            "%(name)s and %(num)s other customer return to the pool soon.",
            "%(name)s and %(num)s other customers return to the pool soon.",
            count - 1,
            name=name,
        )
    act = ACTS[ReclaimReason(reason)] if reason in set(ReclaimReason) else _("The page of each says what keeps it.")
    return f"{told} {act}"


@notices.sentence(
    RETURNING_OF,
    "beach",
    _l("Customers of your people leave them for the pool"),
    notices.Topic.CUSTOMERS,
    mail=notices.Mail.NOW,
    right=Permission.POOL_VIEW,
)
def _returning_of(*, count: int, name: str, owner: str, **_params: object) -> str:
    if count == 1:
        return _("%(name)s leaves %(owner)s for the pool within a day.", name=name, owner=owner)
    return ngettext(
        "%(num)s customer leaves %(owner)s for the pool within a day.",
        "%(num)s customers leave %(owner)s for the pool within a day.",
        count,
        owner=owner,
    )


@notices.sentence(
    RETURNED,
    "beach",
    _l("A customer of yours went back to the pool"),
    notices.Topic.CUSTOMERS,
    right=Permission.POOL_VIEW,
)
def _returned(*, name: str, reason: str | None = None, count: int = 1, **_params: object) -> str:
    if count > 1:
        return ngettext(
            "%(name)s and %(num)s other customer of yours went back to the pool.",
            "%(name)s and %(num)s other customers of yours went back to the pool.",
            count - 1,
            name=name,
        )
    told = {
        "no_deal": _("%(name)s went back to the pool: no deal was opened.", name=name),
        "not_won": _("%(name)s went back to the pool: it was not won in time.", name=name),
        "missed_intent": _("%(name)s went back to the pool: what you promised was not done.", name=name),
        "contract_over": _("%(name)s went back to the pool: no contract followed the last one.", name=name),
    }
    return told.get(reason or "") or _("%(name)s went back to the pool: there was no contact for too long.", name=name)


@notices.sentence(
    sweep_undo_actions.TOLD_OWNER,
    "arrow-back-up",
    _l("Customers of yours came back from the pool"),
    notices.Topic.CUSTOMERS,
    right=Permission.POOL_VIEW,
)
def _came_back(*, name: str, count: int, **_params: object) -> str:
    if count == 1:
        return _("%(name)s is yours again; its days start anew.", name=name)
    return ngettext(
        "%(name)s and %(num)s other customer are yours again; their days start anew.",
        "%(name)s and %(num)s other customers are yours again; their days start anew.",
        count - 1,
        name=name,
    )


@notices.sentence(
    sweep_undo_actions.TOLD_DONE,
    "checks",
    _l("What the rules returned is given back, as you asked"),
    notices.Topic.CUSTOMERS,
    right=Permission.WORKSPACE_SET,
)
def _given_back(*, back: int, stayed: int, **_params: object) -> str:
    return _("Customers given back from the pool: %(back)s. Left where they are: %(stayed)s.", back=back, stayed=stayed)


@notices.sentence(
    trial_actions.TOLD,
    "adjustments-horizontal",
    _l("Rules of the pool that you try out are through"),
    notices.Topic.CUSTOMERS,
    right=Permission.WORKSPACE_SET,
)
def _tried(*, count: int, **_params: object) -> str:
    return ngettext(
        "Your rules are tried out: %(num)s customer would have left its owner.",
        "Your rules are tried out: %(num)s customers would have left their owners.",
        count,
    )


@notices.sentence(
    territory_actions.FRESH,
    "map",
    _l("New customers lie free in your territory"),
    notices.Topic.CUSTOMERS,
    mail=notices.Mail.MORNING,
    right=Permission.POOL_VIEW,
)
def _fresh(*, count: int, name: str, territory: str, **_params: object) -> str:
    return ngettext(
        "%(name)s is new and free in %(territory)s.",
        "%(num)s customers are new and free in %(territory)s, among them %(name)s.",
        count,
        name=name,
        territory=territory,
    )
