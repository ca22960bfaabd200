"""Colleagues who are named in what somebody writes, and hear of it."""

from __future__ import annotations

import re
from uuid import UUID

from saas.crm.activities.models import Activity
from saas.crm.customers import veil
from saas.tenants import notices, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Member
from saas.tenants.permissions import Permission, Reach
from saas.tenants.scope import Actor

MENTIONED = "activity.mentioned"  # the notice
WORD = re.compile(r"(?<![\w.])@(\w{2,})")  # behind an @ that is no mail address's


def mentioned(text: str | None, members: list[Member]) -> list[Member]:
    """Those of the members whose name stands behind an @ in the text; of two that begin alike, the longer one.

    The beginning of a name will do where one alone is called so: "@Dan" is Daniel Reyes.
    """
    return _read(text, members)[0]


def unknown(text: str | None) -> list[str]:
    """What stands behind an @ in the text and tells nobody, since no colleague or more than one is called so."""
    return _read(text, tenants.members())[1] if "@" in (text or "") else []


def reads(member: Member) -> bool:
    """True when a member may read what anybody writes, so that naming him tells him."""
    return member.role.rights.get(Permission.ACTIVITY_VIEW) == Reach.ALL


def deaf(text: str | None, *, by: Member) -> list[Member]:
    """Colleagues who are named in the text but can't read it, and so are told nothing."""
    named = mentioned(text, tenants.members()) if "@" in (text or "") else []
    return [one for one in named if one.id != by.id and not reads(one)]


def _read(text: str | None, members: list[Member]) -> tuple[list[Member], list[str]]:
    rest, found, lost = (text or "").casefold(), list[Member](), list[str]()
    for member in sorted(members, key=lambda one: len(one.name), reverse=True):
        mark = f"@{member.name.casefold()}"
        if mark in rest:
            found.append(member)
            rest = rest.replace(mark, " ")
    for word in dict.fromkeys(WORD.findall(rest)):
        called = [one for one in members if one.name.casefold().startswith(word)]
        if len(called) != 1:
            lost.append(word)
        elif called[0] not in found:
            found.append(called[0])
    return found, lost


def tell_mentioned(activity: Activity, event_id: UUID, *, by: Actor) -> None:
    """Tell the colleagues who are named in an activity's text, as far as they may read it."""
    if "@" not in (activity.text or ""):
        return
    for member in mentioned(activity.text, tenants.members()):
        is_hidden = activity.account is not None and veil.over(tenants.who_is(member)).covers(activity.account)
        if reads(member) and not is_hidden and member.id != by.id:
            notices.tell(
                member,
                MENTIONED,
                f"{MENTIONED}:{event_id}",
                f"/{scope.workspace().slug}/activities/{activity.id}",
                by=by.name if isinstance(by, Member) else "Seaport",
                subject=activity.title,
            )
