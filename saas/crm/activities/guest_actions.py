"""Who takes part in an activity besides its owner."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from saas.crm.activities import actions, queries
from saas.crm.activities.models import Activity, Guest
from saas.crm.customers.models import Contact
from saas.db import db
from saas.tenants import events, notices, scope
from saas.tenants.models import Member
from saas.tenants.scope import Actor

INVITED = "activity.invited"  # the notice


def set_guests(activity: Activity, members: Collection[Member], contacts: Collection[Contact], *, by: Actor) -> None:
    """Write who takes part; colleagues who are new hear of it.

    Args:
        activity: of the workspace.
        members: colleagues; the owner is one without being named.
        contacts: people of the customer.
        by: who says so.
    """
    people: list[Member | Contact] = [*members, *contacts]
    wanted = {one.id: one for one in people}
    wanted.pop(activity.owner_id, None)
    known = {guest.member_id or guest.contact_id: guest for guest in queries.guests(activity.id)}
    if wanted.keys() == known.keys():
        return
    before = ", ".join(sorted(_name(guest) for guest in known.values()))
    for key, guest in known.items():
        if key not in wanted:
            db.session.delete(guest)
    for key, one in wanted.items():
        if key not in known:
            is_member = isinstance(one, Member)
            place = {"member_id" if is_member else "contact_id": one.id}
            db.session.add(Guest(activity_id=activity.id, **place))
    db.session.flush()
    after = ", ".join(sorted(one.name for one in wanted.values()))
    facts = {"kind": activity.kind, "subject": activity.title, "guests": [before, after]}
    event = events.record(actions.CHANGED, activity, by=by, changed=facts)
    for key, one in wanted.items():
        if key not in known and isinstance(one, Member) and one.id != by.id:
            _tell(activity, one, by, event.id)


def _tell(activity: Activity, member: Member, by: Actor, event_id: UUID) -> None:
    notices.tell(
        member,
        INVITED,
        f"{INVITED}:{event_id}",
        f"/{scope.workspace().slug}/activities/{activity.id}",
        subject=activity.title,
        by=by.name if isinstance(by, Member) else "Seaport",
    )


def _name(guest: Guest) -> str:
    one = guest.member or guest.contact
    return one.name if one else ""
