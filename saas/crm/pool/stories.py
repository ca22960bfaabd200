"""How the pool's events are told, on timelines and behind the bell."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup, escape

from saas.crm.pool import actions
from saas.crm.pool.models import REASON_WORDS, ReleaseReason
from saas.tenants import notices
from saas.tenants.models import Event
from saas.tenants.permissions import Permission
from saas.tenants.stories import ACTOR, said, story

RETURNING, RETURNED = "pool.returning", "pool.returned"


@story(actions.CLAIMED, "user-check")
def _claimed(event: Event, who: str) -> Markup:
    return said(_("%(who)s claimed this customer from the pool", who=ACTOR), who)


@story(actions.RELEASED, "arrow-back-up")
def _released(event: Event, who: str) -> Markup:
    return said(_("%(who)s gave this customer back to the pool", who=ACTOR), who) + _note(event)


@story(actions.RECLAIMED, "beach")
def _reclaimed(event: Event, who: str) -> Markup:
    owner = event.changed.get("from", "")
    return escape(_("Returned to the pool: %(owner)s had no contact for too long", owner=owner))


def _note(event: Event) -> Markup:
    words = [word(event.changed.get("reason")), event.changed.get("note")]
    shown = " · ".join(w for w in words if w)
    return Markup('<span class="event-note">{}</span>').format(shown) if shown else Markup("")


def word(reason: object) -> str:
    """The word for why a customer lies in the pool."""
    if reason == "no_contact":
        return _("No contact")
    try:
        return str(REASON_WORDS[ReleaseReason(str(reason))])
    except ValueError:
        return ""


@notices.sentence(
    RETURNING,
    "beach",
    _l("Customers of yours return to the pool soon"),
    notices.Topic.CUSTOMERS,
    mail=notices.Mail.NOW,
    right=Permission.POOL_VIEW,
)
def _returning(*, count: int, name: str, **_params: object) -> str:
    if count == 1:
        return _("%(name)s returns to the pool soon. A call or a visit keeps it with you.", name=name)
    others = count - 1
    return ngettext(
        "%(name)s and %(num)s other customer return to the pool soon. A call or a visit keeps them with you.",
        "%(name)s and %(num)s other customers return to the pool soon. A call or a visit keeps them with you.",
        others,
        name=name,
    )


@notices.sentence(
    RETURNED,
    "beach",
    _l("A customer of yours went back to the pool"),
    notices.Topic.CUSTOMERS,
    right=Permission.POOL_VIEW,
)
def _returned(*, name: str, **_params: object) -> str:
    return _("%(name)s went back to the pool: there was no contact for too long.", name=name)
