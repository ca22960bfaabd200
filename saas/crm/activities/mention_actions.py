"""Colleagues who are named in what somebody writes, and hear of it."""

from __future__ import annotations

from uuid import UUID

from saas.crm.activities.models import Activity
from saas.crm.customers import veil
from saas.tenants import notices, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Member
from saas.tenants.permissions import Permission, Reach
from saas.tenants.scope import Actor

MENTIONED = "activity.mentioned"  # the notice


def mentioned(text: str | None, members: list[Member]) -> list[Member]:
    """Those of the members whose name stands behind an @ in the text; of two that begin alike, the longer one."""
    rest, found = (text or "").casefold(), []
    for member in sorted(members, key=lambda one: len(one.name), reverse=True):
        mark = f"@{member.name.casefold()}"
        if mark in rest:
            found.append(member)
            rest = rest.replace(mark, " ")
    return found


def tell_mentioned(activity: Activity, event_id: UUID, *, by: Actor) -> None:
    """Tell the colleagues who are named in an activity's text, as far as they may read it."""
    if "@" not in (activity.text or ""):
        return
    for member in mentioned(activity.text, tenants.members()):
        reads = member.role.rights.get(Permission.ACTIVITY_VIEW) == Reach.ALL
        is_hidden = activity.account is not None and veil.over(tenants.who_is(member)).covers(activity.account)
        if reads and not is_hidden and member.id != by.id:
            notices.tell(
                member,
                MENTIONED,
                f"{MENTIONED}:{event_id}",
                f"/{scope.workspace().slug}/activities/{activity.id}",
                by=by.name if isinstance(by, Member) else "Seaport",
                subject=activity.title,
            )
