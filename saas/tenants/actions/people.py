"""Members: let in, changed, removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from saas import clock
from saas.db import current_tenant, db, new_id
from saas.errors import BusinessError, Conflict, Forbidden, NotFound, Refused
from saas.tenants import events, handover, notices, queries, scope, seats
from saas.tenants.actions import chats, signing
from saas.tenants.events import EventName
from saas.tenants.handover import Holding, Part
from saas.tenants.models import Member, MemberStatus, Role, User
from saas.tenants.permissions import Permission, Reach
from saas.tenants.scope import Actor


class AlreadyMember(Conflict):
    """The person belongs to the workspace already."""

    field = "email"


class LastOwner(Refused):
    """Somebody must remain who may do everything."""

    field = "role"


class OwnHands(Refused):
    """Nobody removes himself."""


# ── coming in ───────────────────────────────────────────────────────────────────────────────────────────────────────


def admit(user: User, role: str, *, by: Actor = scope.SYSTEM) -> Member:
    """Make a user an active member of the workspace in scope, without an invitation.

    Raises:
        AlreadyMember: he is one.
        NoSeat: every seat is taken.
    """
    taken = staff_role(role)
    known = not_yet(user.email)
    seats.check()
    member = known or Member(tenant_id=current_tenant(), name=user.name, email=user.email, status=MemberStatus.INVITED)
    member.role = taken
    db.session.add(member)
    return let_in(member, user, by=by)


def not_yet(email: str) -> Member | None:
    """The row that will be the person's: of one who left or is a placeholder. Raises AlreadyMember where he is in."""
    known = queries.member_by_email(email)
    if known is None or known.status in {MemberStatus.PLACEHOLDER, MemberStatus.DISABLED}:
        return known
    if known.status is MemberStatus.INVITED:
        raise AlreadyMember(_("%(name)s is invited already. You can send the invitation again.", name=known.name))
    raise AlreadyMember(_("%(name)s is a member already.", name=known.name))


def let_in(member: Member, user: User, *, by: Actor) -> Member:
    """Make a user's row an active member, and tell of it."""
    member.user_id, member.status, member.left_at = user.id, MemberStatus.ACTIVE, None
    member.name, member.email, member.locale, member.timezone = user.name, user.email, user.locale, user.timezone
    member.joined_at = member.joined_at or clock.now()
    db.session.flush()
    events.record(EventName.MEMBER_JOINED, member, by=by, changed={"role": member.role.key})
    return member


# ── letters ─────────────────────────────────────────────────────────────────────────────────────────────────────────


# ── changing and leaving ────────────────────────────────────────────────────────────────────────────────────────────


def staff_role(key: str) -> Role:
    """A role that a member may have, by its key.

    Raises:
        Refused: it is a portal's, or there is none.
    """
    found = {role.key: role for role in queries.staff_roles()}
    if key not in found:
        raise Refused(
            _("There is no role %(name)s. Take one of: %(roles)s.", name=key, roles=", ".join(sorted(found))),
            field="role",
        )
    return found[key]


def change(member: Member, *, by: Member, role: str, team_id: UUID | None, manager_id: UUID | None) -> None:
    """Set a member's role, team and superior.

    Raises:
        LastOwner: nobody would be left who may do everything.
        Forbidden: the role, old or new, reaches further than that of `by`.
        Refused: he would be his own superior.
    """
    new = staff_role(role)
    if new.key != member.role.key:
        check_may_give(by, new)
        check_may_give(by, member.role)
        _keep_an_owner(member)
    if manager_id == member.id:
        raise Refused(_("Nobody is their own superior."), field="manager")
    if team_id is not None:
        queries.team(team_id)
    if manager_id is not None:
        queries.member(manager_id)
    changed: dict[str, Any] = {}
    if new.key != member.role.key:
        changed["role"] = [member.role.key, new.key]
        member.role = new
    for field, value in (("team_id", team_id), ("manager_id", manager_id)):
        if getattr(member, field) != value:
            changed[field] = [getattr(member, field), value]
            setattr(member, field, value)
    if changed:
        events.record(EventName.MEMBER_CHANGED, member, by=by, changed=changed)


def remove(member: Member, *, by: Member, successor: Member | None, beyond: bool = False) -> dict[str, int]:
    """End a member's place: his sessions here end, his seat is free, what he holds goes to `successor`.

    With `beyond` it does even where he comes to hold more than he may.

    Returns:
        How many of each kind were handed over.

    Raises:
        OwnHands: he is `by`.
        LastOwner: nobody would be left who may do everything.
        Refused: he holds something, and there is no successor, or none who may have all of it.
        Forbidden: his role reaches further than that of `by`.
    """
    if member.id == by.id:
        raise OwnHands(_("You can't remove yourself. Ask another owner."))
    if member.status not in {MemberStatus.ACTIVE, MemberStatus.PLACEHOLDER}:
        raise NotFound
    check_may_give(by, member.role)
    _keep_an_owner(member)
    held = handover.held_by(member.id)
    if held and (successor is None or successor.id == member.id or successor.status is not MemberStatus.ACTIVE):
        raise Refused(_("Choose who takes over what %(name)s holds.", name=member.name), field="successor")
    moved = _pass_on(held, member, successor, by, beyond) if successor is not None else {}
    member.status, member.left_at = MemberStatus.DISABLED, clock.now()
    facts = {"moved": moved, "successor": successor.id if held and successor else None}
    removed = events.record(EventName.MEMBER_REMOVED, member, by=by, changed=facts)
    if held and successor is not None and successor.id != by.id:
        url = f"/{scope.workspace().slug}/"
        notices.tell(successor, "handed_over", str(removed.id), url, name=member.name, by=by.name)
    chats.forget(member)
    if member.user_id is not None:
        signing.end_in(current_tenant(), member.user_id)
    return moved


def _pass_on(
    held: Sequence[tuple[Holding, int]], member: Member, successor: Member, by: Member, beyond: bool
) -> dict[str, int]:
    batch, part, moved = new_id(), Part(beyond=beyond), {}
    try:
        with db.session.begin_nested():
            for holding, _count in held:
                moved[holding.key] = len(holding.pass_on(member.id, successor, by, batch, part))
    except BusinessError as error:
        error.field = "successor"
        raise
    return moved


def restore(member: Member, *, by: Member) -> None:
    """Give a removed member his place back; what was handed over stays where it is.

    Raises:
        NotFound: he wasn't removed.
        NoSeat: every seat is taken.
        Forbidden: his role reaches further than that of `by`.
    """
    if member.status is not MemberStatus.DISABLED or member.user_id is None:
        raise NotFound
    check_may_give(by, member.role)
    seats.check()
    member.status, member.left_at = MemberStatus.ACTIVE, None
    events.record(EventName.MEMBER_JOINED, member, by=by, changed={"restored": True})


def may_give(by: Member, role: Role) -> bool:
    """True when `role` reaches nowhere that the role of `by` doesn't."""
    own = by.role.rights
    return all(right in own and Reach(own[right]).covers(Reach(reach)) for right, reach in role.rights.items())


def check_may_give(by: Member, role: Role) -> None:
    """Raises Forbidden unless `may_give`."""
    if not may_give(by, role):
        raise Forbidden(_("This role may do more than yours. Ask somebody who may do as much."))


def _keep_an_owner(member: Member) -> None:
    """Nobody may take the last role that may give roles; those who try at once take turns."""
    if Permission.ROLE_EDIT.value not in member.role.rights or member.status is not MemberStatus.ACTIVE:
        return
    if queries.count_others_with(Permission.ROLE_EDIT, member.id) == 0:
        raise LastOwner(_("%(name)s is the only owner. Make somebody else an owner first.", name=member.name))
