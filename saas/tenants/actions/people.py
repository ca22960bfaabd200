"""Members: who belongs to a workspace, in which role."""

from __future__ import annotations

from flask_babel import gettext as _

from saas import clock
from saas.db import current_tenant, db
from saas.errors import Conflict, Refused
from saas.tenants import events, queries, scope
from saas.tenants.events import EventName
from saas.tenants.models import Member, MemberStatus, Role, User
from saas.tenants.scope import Actor


class AlreadyMember(Conflict):
    """The person belongs to the workspace already."""

    field = "email"


class NoSeat(Refused):
    """Every seat is taken."""

    field = "email"


def check_seat() -> None:
    """Refuse one more member when every seat is taken.

    Raises:
        NoSeat: says how many there are.
    """
    limit = queries.seat_limit(for_update=True)
    if limit is not None and queries.count_seats() >= limit:
        raise NoSeat(_("All %(n)s seats are taken. Free one, or ask the owner to add seats.", n=limit))


def staff_role(key: str) -> Role:
    """A role that a member may have, by its key.

    Raises:
        Refused: it is a portal's, or there is none.
    """
    found = {role.key: role for role in queries.staff_roles()}
    if key not in found:
        raise Refused(_("There is no role %(name)s. Take one of: %(roles)s.", name=key, roles=", ".join(sorted(found))))
    return found[key]


def admit(user: User, role: str, *, by: Actor = scope.SYSTEM) -> Member:
    """Make a user an active member of the workspace in scope, without an invitation.

    Raises:
        AlreadyMember: he is one.
        NoSeat: every seat is taken.
    """
    taken = staff_role(role)
    known = queries.member_by_email(user.email)
    if known is not None and known.status is not MemberStatus.PLACEHOLDER:
        raise AlreadyMember(_("%(name)s is a member already.", name=known.name))
    check_seat()
    member = known or Member(tenant_id=current_tenant(), name=user.name, email=user.email)
    member.role, member.user_id, member.status = taken, user.id, MemberStatus.ACTIVE
    member.locale, member.timezone, member.joined_at = user.locale, user.timezone, clock.now()
    db.session.add(member)
    db.session.flush()
    events.record(EventName.MEMBER_JOINED, member, by=by, changed={"role": taken.key})
    return member
