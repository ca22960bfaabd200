"""Reads of one workspace's people: members, roles, teams, seats, invitations, portal users."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, or_, select, text
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from saas import clock
from saas.db import current_tenant, db
from saas.filing import place, place_of_person
from saas.found import the_one
from saas.kept import kept
from saas.statements import Statement, written_once
from saas.tenants.models import (
    Invitation,
    Member,
    MemberStatus,
    PortalKind,
    PortalUser,
    PortalUserStatus,
    Role,
    Team,
    Tenant,
)
from saas.tenants.permissions import PORTAL_ROLES, STAFF_ROLES, Permission, Who


def active_member_of(user_id: UUID | None) -> Member | None:
    """The active member that a user is in the workspace in scope."""
    if user_id is None:
        return None
    return db.session.scalars(
        select(Member)
        .where(Member.user_id == user_id, Member.status == MemberStatus.ACTIVE)
        .options(joinedload(Member.role))
    ).one_or_none()


@written_once
def _staff() -> Statement:
    return (
        select(Member, Role)
        .join(Role, Role.id == Member.role_id)
        .where(Member.user_id.is_not(None), Member.status == MemberStatus.ACTIVE)
    )


@kept
def _staff_by_user() -> dict[UUID, Sequence[Any]]:
    user = list(Member.__mapper__.column_attrs.keys()).index("user_id")
    return {row[user]: row for row in _staff().plain()}


def member_at_door(user_id: UUID | None) -> Member | None:
    """The active member that a user is in the workspace in scope, with his role; no statement as long as nobody of the
    workspace has changed."""
    found = _staff_by_user().get(user_id) if user_id else None
    if found is None:
        return None
    member, role = _staff().row(found)
    set_committed_value(member, "role", role)
    return cast(Member, member)


@written_once
def _at_portal() -> Statement:
    return (
        select(PortalUser, Role)
        .join(Role, Role.id == PortalUser.role_id)
        .where(
            PortalUser.id == bindparam("id"),
            PortalUser.kind == bindparam("kind"),
            PortalUser.epoch == bindparam("epoch"),
            PortalUser.status == PortalUserStatus.ACTIVE,
        )
    )


def active_portal_user(portal_user_id: UUID | None, kind: str, epoch: int) -> PortalUser | None:
    """The portal user behind a session, unless he was disabled or changed his password since."""
    found = _at_portal().first(id=portal_user_id, kind=PortalKind(kind), epoch=epoch) if portal_user_id else None
    if found is None:
        return None
    set_committed_value(found.PortalUser, "role", found.Role)
    person: PortalUser = found.PortalUser
    return person


def portal_user(portal_user_id: UUID) -> PortalUser:
    """A portal user of the workspace, of whatever state.

    Raises:
        NotFound: it has none of that id.
    """
    return the_one(select(PortalUser).where(PortalUser.id == portal_user_id))


def portal_user_of(kind: PortalKind, subject_id: UUID) -> PortalUser | None:
    """The portal user that a contact or a partner's person is, of whatever state."""
    return db.session.scalars(
        select(PortalUser).where(PortalUser.kind == kind, PortalUser.subject_id == subject_id)
    ).one_or_none()


def portal_user_by_email(kind: PortalKind, email: str) -> PortalUser | None:
    """The portal user who signs in to this kind of portal with the address."""
    return db.session.scalars(
        select(PortalUser).where(PortalUser.kind == kind, PortalUser.email == email.strip().lower())
    ).one_or_none()


def count_portal_users() -> dict[PortalKind, int]:
    """How many people have a way into each portal."""
    active = select(PortalUser.kind, func.count(PortalUser.id)).where(PortalUser.status == PortalUserStatus.ACTIVE)
    return {row[0]: row[1] for row in db.session.execute(active.group_by(PortalUser.kind))}


@kept
def _teams() -> dict[UUID, list[UUID]]:
    below: dict[UUID, list[UUID]] = {}
    for team_id, parent_id in db.session.execute(select(Team.id, Team.parent_id)):
        below.setdefault(team_id, [])
        if parent_id is not None:
            below.setdefault(parent_id, []).append(team_id)
    return below


def teams_below(team_id: UUID) -> tuple[UUID, ...]:
    """A team and all teams under it."""
    below, found, left = _teams(), dict[UUID, None](), [team_id]
    while left:
        if (team := left.pop()) in below and team not in found:
            found[team] = None
            left += below[team]
    return tuple(found)


def who_is(member: Member) -> Who:
    """A member as filters need to know him, outside a page."""
    teams = teams_below(member.team_id) if member.team_id else ()
    return Who(member.id, member.role.rights, teams, frozenset(member.role.hidden_fields))


def member(member_id: UUID) -> Member:
    """A member of the workspace.

    Raises:
        NotFound: it has none of that id.
    """
    return the_one(select(Member).where(Member.id == member_id))


def members_by_id(member_ids: Collection[UUID]) -> dict[UUID, Member]:
    """These members of the workspace, by id."""
    return {found.id: found for found in db.session.scalars(select(Member).where(Member.id.in_(member_ids)))}


def role(key: str) -> Role:
    """A role of the workspace by its key.

    Raises:
        NotFound: it has none of that key.
    """
    return the_one(select(Role).where(Role.key == key))


def lock_member(member: Member) -> Member:
    """The member's row, held until the transaction ends: two verbs that count what he holds take turns.

    Whoever holds customers as well locks those first, and of several each in the order of their ids: so nobody waits
    for somebody who waits for him. Rows that name the member may be written meanwhile.
    """
    held = select(Member).where(Member.id == member.id).with_for_update(of=Member, key_share=True)
    return db.session.scalars(held.execution_options(populate_existing=True)).one()


def members(*statuses: MemberStatus) -> list[Member]:
    """The members of the workspace in these states (active when none is named), by name."""
    wanted = statuses or (MemberStatus.ACTIVE,)
    statement = select(Member).where(Member.status.in_(wanted)).options(joinedload(Member.role))
    return sorted(db.session.scalars(statement.order_by(Member.id)), key=lambda one: place_of_person(one.name))


@written_once
def _member_names() -> Statement:
    owning = (MemberStatus.ACTIVE, MemberStatus.PLACEHOLDER)
    return select(Member.id, Member.name).where(Member.status.in_(owning)).order_by(Member.id)


@kept
def member_names() -> list[tuple[UUID, str]]:
    """(id, name) of those who have records, by name, for a filter: active members, and those known from an import."""
    found = [(row.id, row.name) for row in _member_names().rows()]
    return sorted(found, key=lambda one: place_of_person(one[1]))


def manager_names() -> list[tuple[UUID, str]]:
    """(id, name) of those who manage somebody, by name."""
    managing = select(Member.manager_id).where(Member.manager_id.is_not(None)).correlate(None)
    found = db.session.execute(select(Member.id, Member.name).where(Member.id.in_(managing)).order_by(Member.id))
    return sorted(((key, name) for key, name in found), key=lambda one: place_of_person(one[1]))


def seated(*, invited: bool = False) -> ColumnElement[bool]:
    """Active members with a sign-in: what the workspace pays for; with `invited`, those asked to come as well."""
    sitting: ColumnElement[bool] = (Member.status == MemberStatus.ACTIVE) & Member.user_id.is_not(None)
    return or_(sitting, Member.status == MemberStatus.INVITED) if invited else sitting


def count_seats(*, invited: bool = False) -> int:
    """How many members are `seated`."""
    return db.session.scalar(select(func.count(Member.id)).where(seated(invited=invited))) or 0


def member_by_email(email: str) -> Member | None:
    """The member of the workspace, or the one invited, with this mail address."""
    return db.session.scalars(select(Member).where(Member.email == email.strip().lower())).one_or_none()


def staff_roles() -> list[Role]:
    """The roles that a member may have: the starting ones first, then the workspace's own by name."""
    order = {key: place for place, key in enumerate(STAFF_ROLES)}
    found = db.session.scalars(select(Role).where(Role.key.not_in(PORTAL_ROLES)))
    return sorted(found, key=lambda role: (order.get(role.key, len(order)), place(role.name or role.key)))


def seat_limit(*, for_update: bool = False) -> int | None:
    """How many seats are paid for; None while nothing limits them. `for_update` makes those who count take turns."""
    if for_update:
        turn = text("select pg_advisory_xact_lock(hashtextextended(:key, 0))").execution_options(reviewed=True)
        db.session.execute(turn, {"key": f"seats:{current_tenant()}"})
    own = {"bind": db.engines[None]}
    return db.session.scalar(select(Tenant.seat_limit).where(Tenant.id == current_tenant()), bind_arguments=own)


def roles() -> list[Role]:
    """All roles: those of members first, then those of the portals."""
    of_portals = db.session.scalars(select(Role).where(Role.key.in_(PORTAL_ROLES)).order_by(Role.key))
    return [*staff_roles(), *of_portals]


def members_with(permission: Permission) -> list[Member]:
    """The active members whose role has this right, in any reach."""
    return [member for member in members() if permission.value in member.role.rights]


def heirs() -> list[Member]:
    """The active members who may take over what another holds: all but those who may only read."""
    return [member for member in members() if member.role.may_change]


def invitation(secret_hash: bytes, purpose: str) -> Invitation | None:
    """The invitation behind a link, if it still works."""
    return db.session.scalars(
        select(Invitation).where(
            Invitation.secret_hash == secret_hash, Invitation.purpose == purpose, *_open_invitation()
        )
    ).one_or_none()


def open_invitation(invitation_id: UUID) -> Invitation | None:
    """An invitation by its id, if its link still works."""
    return db.session.scalars(
        select(Invitation).where(Invitation.id == invitation_id, *_open_invitation())
    ).one_or_none()


def _open_invitation() -> tuple[ColumnElement[bool], ...]:
    return (Invitation.used_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > clock.now())


def expiries() -> dict[UUID, datetime]:
    """When the open invitation of each member invited runs out."""
    rows = db.session.execute(
        select(Invitation.member_id, func.max(Invitation.expires_at))
        .where(Invitation.member_id.is_not(None), Invitation.used_at.is_(None), Invitation.revoked_at.is_(None))
        .group_by(Invitation.member_id)
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}


def count_others_with(permission: Permission, member_id: UUID) -> int:
    """How many active members but this one have a right; those who count take turns."""
    db.session.execute(select(Role.id).where(Role.rights.has_key(permission.value)).with_for_update())
    return (
        db.session.scalar(
            select(func.count(Member.id))
            .join(Role, Role.id == Member.role_id)
            .where(
                Member.id != member_id,
                Member.status == MemberStatus.ACTIVE,
                Member.user_id.is_not(None),
                Role.rights.has_key(permission.value),
            )
        )
        or 0
    )


def count_members_with(role_id: UUID) -> int:
    """How many members, of whatever state, have a role."""
    return db.session.scalar(select(func.count(Member.id)).where(Member.role_id == role_id)) or 0


def role_of(role_id: UUID) -> Role:
    """A role of the workspace.

    Raises:
        NotFound: it has none of that id.
    """
    return the_one(select(Role).where(Role.id == role_id))


def members_by_role() -> dict[UUID, int]:
    """How many active members each role has."""
    rows = db.session.execute(
        select(Member.role_id, func.count(Member.id))
        .where(Member.status == MemberStatus.ACTIVE)
        .group_by(Member.role_id)
    )
    return {row[0]: row[1] for row in rows}


def teams() -> list[Team]:
    """All teams, by name."""
    return sorted(db.session.scalars(select(Team).order_by(Team.id)), key=lambda team: place(team.name))


def team(team_id: UUID) -> Team:
    """A team of the workspace.

    Raises:
        NotFound: it has none of that id.
    """
    return the_one(select(Team).where(Team.id == team_id))


def count_in_team(team_id: UUID) -> int:
    """How many members and teams lie right below a team."""
    people = db.session.scalar(select(func.count(Member.id)).where(Member.team_id == team_id)) or 0
    return people + (db.session.scalar(select(func.count(Team.id)).where(Team.parent_id == team_id)) or 0)


def team_tree() -> list[tuple[Team, int]]:
    """All teams with how deep each lies (0: at the top), every team right after the one it belongs to."""
    below: dict[UUID | None, list[Team]] = {}
    for one in teams():
        below.setdefault(one.parent_id, []).append(one)
    out: list[tuple[Team, int]] = []

    def walk(parent_id: UUID | None, depth: int) -> None:
        for one in below.get(parent_id, []):
            out.append((one, depth))
            walk(one.id, depth + 1)

    walk(None, 0)
    return out
