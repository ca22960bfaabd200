"""How a quote's events are told."""

from __future__ import annotations

from flask_babel import gettext as _
from markupsafe import Markup, escape

from saas.crm.papers.stories import facts
from saas.crm.papers.tales import PAPER, leading_to
from saas.crm.quotes import actions, approval_actions
from saas.crm.quotes.queries import KIND
from saas.tenants.models import Event
from saas.tenants.stories import ACTOR, bold, note, said

story = leading_to(KIND)


@story(actions.CREATED, "file-text")
def _created(event: Event, who: str) -> Markup:
    return said(_("%(who)s wrote the quote %(number)s: %(total)s", who=ACTOR, **facts(event)), who)


@story(actions.CHANGED, "pencil")
def _changed(event: Event, who: str) -> Markup:
    return said(_("%(who)s changed the quote", who=ACTOR), who)


@story(actions.SENT, "send")
def _sent(event: Event, who: str) -> Markup:
    about = facts(event) | {"to": event.changed.get("to")}
    told = said(_("%(who)s sent the quote %(number)s (%(total)s) to %(to)s", who=ACTOR, **about), who)
    return told + note(event.changed.get("words"))


@story(actions.REVISED, "versions")
def _revised(event: Event, who: str) -> Markup:
    about = {"edition": event.changed.get("edition"), "number": PAPER}
    return said(_("%(who)s began version %(edition)s of the quote %(number)s", who=ACTOR, **about), who)


@story(actions.WITHDRAWN, "arrow-back-up")
def _withdrawn(event: Event, who: str) -> Markup:
    return said(_("%(who)s took the quote %(number)s back", who=ACTOR, number=PAPER), who)


@story(actions.DISCARDED, "trash")
def _discarded(event: Event, who: str) -> Markup:
    return said(_("%(who)s threw the draft %(number)s away", who=ACTOR, number=PAPER), who)


@story(actions.SEEN, "eye")
def _seen(event: Event, who: str) -> Markup:
    return escape(_("The customer opened the quote %(number)s", number=PAPER))


@story(actions.ACCEPTED, "circle-check")
def _accepted(event: Event, who: str) -> Markup:
    sentence = _("%(name)s accepted the quote %(number)s: %(total)s", name=ACTOR, **facts(event))
    told = escape(sentence).replace(ACTOR, bold(event.changed.get("name")))
    return told + note(event.changed.get("words"))


@story(actions.DECLINED, "circle-x")
def _declined(event: Event, who: str) -> Markup:
    sentence = _("%(name)s declined the quote %(number)s", name=ACTOR, number=PAPER)
    told = escape(sentence).replace(ACTOR, bold(event.changed.get("name")))
    return told + note(event.changed.get("words"))


@story(actions.EXPIRED, "clock")
def _expired(event: Event, who: str) -> Markup:
    return escape(_("The quote %(number)s ran out without an answer", number=PAPER))


@story(approval_actions.ASKED, "discount")
def _approval_asked(event: Event, who: str) -> Markup:
    about = {"name": event.changed.get("name"), "off": event.changed.get("off")}
    return said(_("%(who)s asked %(name)s to let %(off)s %% off pass", who=ACTOR, **about), who)


@story(approval_actions.GIVEN, "discount-check")
def _approved(event: Event, who: str) -> Markup:
    told = said(_("%(who)s let %(off)s %% off pass", who=ACTOR, off=event.changed.get("off")), who)
    return told + note(event.changed.get("words"))


@story(approval_actions.REFUSED, "discount-off")
def _disapproved(event: Event, who: str) -> Markup:
    told = said(_("%(who)s didn't let %(off)s %% off pass", who=ACTOR, off=event.changed.get("off")), who)
    return told + note(event.changed.get("words"))
