"""Reads about people and workspaces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, null, or_, select, text, update
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import aliased, joinedload

from saas import clock
from saas.db import current_tenant, db
from saas.errors import NotFound
from saas.tenants import tokens
from saas.tenants.models import (
    Delivery,
    Invitation,
    Member,
    MemberStatus,
    PortalKind,
    PortalUser,
    PortalUserStatus,
    RecoveryCode,
    Role,
    Session,
    SessionAudience,
    Setting,
    Team,
    Tenant,
    TenantStatus,
    User,
)
from saas.tenants.permissions import PORTAL_ROLES, STAFF_ROLES, Permission

# One at rest (its rent isn't paid) is entered to read, to export and to pay; `saas/portals/guard.py` refuses the rest.
ENTERED = (TenantStatus.TRIAL, TenantStatus.ACTIVE, TenantStatus.SUSPENDED)


@dataclass(frozen=True)
class Entry:
    """What a cookie and a workspace's name lead to. The rows are detached: read them, don't change them."""

    session: Session | None = None
    user: User | None = None
    tenant: Tenant | None = None


def find_session(secret: str, audience: SessionAudience, slug: str | None) -> Entry:
    """The live session behind a cookie, its user and the workspace called `slug`, in one statement.

    A session counts only in the workspace it was made for, until its idle and absolute limit, while its user may sign
    in and has not changed the password since.
    """
    now = clock.now()
    live = (
        (Session.secret_hash == tokens.digest(secret))
        & (Session.audience == audience)
        & Session.revoked_at.is_(None)
        & (Session.expires_at > now)
        & (Session.idle_until > now)
    )
    statement: Any
    if slug is None:
        statement = (
            select(Session, User, null())
            .outerjoin(User, Session.user_id == User.id)
            .where(live, Session.tenant_id.is_(None))
        )
    else:
        statement = (
            select(Session, User, Tenant)
            .select_from(Tenant)
            .outerjoin(Session, live & (Session.tenant_id == Tenant.id))
            .outerjoin(User, Session.user_id == User.id)
            .where(Tenant.slug == slug, Tenant.status.in_(ENTERED))
        )
    with OrmSession(db.engines["platform"].execution_options(isolation_level="AUTOCOMMIT")) as reading:
        row = reading.execute(statement).first()
        reading.expunge_all()
    found, user, tenant = row or (None, None, None)
    if found is not None and user is not None and (user.disabled_at is not None or user.epoch != found.epoch):
        found, user = None, None
    return Entry(found, user, tenant)


def touch(session: Session) -> None:
    """Move the idle limit of a session, at most once a minute."""
    now = clock.now()
    if now - session.last_seen_at < timedelta(minutes=1):
        return
    idle = session.idle_until - session.last_seen_at
    with db.engines["platform"].begin() as connection:
        connection.execute(
            update(Session).where(Session.id == session.id).values(last_seen_at=now, idle_until=now + idle)
        )


def active_member_of(user_id: UUID | None) -> Member | None:
    """The active member that a user is in the workspace in scope."""
    if user_id is None:
        return None
    return db.session.scalars(
        select(Member).where(Member.user_id == user_id, Member.status == MemberStatus.ACTIVE)
    ).one_or_none()


def active_portal_user(portal_user_id: UUID | None, kind: str, epoch: int) -> PortalUser | None:
    """The portal user behind a session, unless he was disabled or changed his password since."""
    if portal_user_id is None:
        return None
    return db.session.scalars(
        select(PortalUser).where(
            PortalUser.id == portal_user_id,
            PortalUser.kind == kind,
            PortalUser.epoch == epoch,
            PortalUser.status == PortalUserStatus.ACTIVE,
        )
    ).one_or_none()


def portal_user(portal_user_id: UUID) -> PortalUser:
    """A portal user of the workspace, of whatever state.

    Raises:
        NotFound: it has none of that id.
    """
    found = db.session.scalars(select(PortalUser).where(PortalUser.id == portal_user_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


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


def teams_below(team_id: UUID) -> tuple[UUID, ...]:
    """A team and all teams under it."""
    tree = select(Team.id).where(Team.id == team_id).cte("below", recursive=True)
    child = aliased(Team)
    tree = tree.union(select(child.id).join(tree, child.parent_id == tree.c.id))
    return tuple(db.session.scalars(select(tree.c.id)))


def workspaces_of(user_id: UUID) -> list[Tenant]:
    """The open workspaces in which a user is an active member, by name."""
    ids = text("select workspaces_of(:user_id)").execution_options(reviewed=True)
    with db.engines["platform"].connect() as connection:
        found = list(connection.scalars(ids, {"user_id": user_id}))
    if not found:
        return []
    return list(db.session.scalars(select(Tenant).where(Tenant.id.in_(found)).order_by(Tenant.name)))


def tenant_by_slug(slug: str) -> Tenant | None:
    """A workspace by its place in the address."""
    return db.session.scalars(select(Tenant).where(Tenant.slug == slug)).one_or_none()


def user_by_email(email: str) -> User | None:
    """The person who signs in with this address."""
    return db.session.scalars(select(User).where(User.email == email.strip().lower())).one_or_none()


def member(member_id: UUID) -> Member:
    """A member of the workspace.

    Raises:
        NotFound: it has none of that id.
    """
    found = db.session.scalars(select(Member).where(Member.id == member_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def role(key: str) -> Role:
    """A role of the workspace by its key.

    Raises:
        NotFound: it has none of that key.
    """
    found = db.session.scalars(select(Role).where(Role.key == key)).one_or_none()
    if found is None:
        raise NotFound
    return found


def lock_member(member: Member) -> Member:
    """The member's row, held until the transaction ends: two verbs that count what he holds take turns."""
    return db.session.scalars(
        select(Member)
        .where(Member.id == member.id)
        .with_for_update(of=Member)
        .execution_options(populate_existing=True)
    ).one()


def members(*statuses: MemberStatus) -> list[Member]:
    """The members of the workspace in these states (active when none is named), by name."""
    wanted = statuses or (MemberStatus.ACTIVE,)
    return list(db.session.scalars(select(Member).where(Member.status.in_(wanted)).order_by(Member.name, Member.id)))


def count_seats(*, invited: bool = False) -> int:
    """Active members with a sign-in: what the workspace pays for; with `invited`, those asked to come as well."""
    sitting: ColumnElement[bool] = (Member.status == MemberStatus.ACTIVE) & Member.user_id.is_not(None)
    if invited:
        sitting = or_(sitting, Member.status == MemberStatus.INVITED)
    return db.session.scalar(select(func.count(Member.id)).where(sitting)) or 0


def setting(key: str, default: dict[str, object]) -> dict[str, object]:
    """A choice of the workspace, filled up with the defaults of the code."""
    found = db.session.scalars(select(Setting.value).where(Setting.key == key)).one_or_none()
    return {**default, **(found or {})}


def member_by_email(email: str) -> Member | None:
    """The member of the workspace, or the one invited, with this mail address."""
    return db.session.scalars(select(Member).where(Member.email == email.strip().lower())).one_or_none()


def staff_roles() -> list[Role]:
    """The roles that a member may have: the starting ones first, then the workspace's own by name."""
    order = {key: place for place, key in enumerate(STAFF_ROLES)}
    found = db.session.scalars(select(Role).where(Role.key.not_in(PORTAL_ROLES)))
    return sorted(found, key=lambda role: (order.get(role.key, len(order)), role.name or role.key))


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


def lock_delivery(delivery_id: UUID) -> Delivery:
    """A delivery of the workspace, held until the transaction ends.

    Raises:
        NotFound: there is none of that id.
    """
    found = db.session.scalars(select(Delivery).where(Delivery.id == delivery_id).with_for_update()).one_or_none()
    if found is None:
        raise NotFound
    return found


def stopped_deliveries(limit: int = 200) -> list[Delivery]:
    """The work that was given up, last first."""
    return list(
        db.session.scalars(
            select(Delivery)
            .where(Delivery.gave_up_at.is_not(None), Delivery.done_at.is_(None))
            .order_by(Delivery.gave_up_at.desc(), Delivery.id)
            .limit(limit)
        )
    )


def sessions_of(user_id: UUID) -> list[Session]:
    """The live sessions of a user, the one used last first; each with its workspace."""
    now = clock.now()
    return list(
        db.session.scalars(
            select(Session)
            .where(
                Session.user_id == user_id,
                Session.revoked_at.is_(None),
                Session.idle_until > now,
                Session.expires_at > now,
            )
            .options(joinedload(Session.tenant))
            .order_by(Session.last_seen_at.desc())
        )
    )


def count_recovery_codes(user_id: UUID) -> int:
    """How many codes on paper a user has left."""
    unused = (RecoveryCode.user_id == user_id) & RecoveryCode.used_at.is_(None)
    return db.session.scalar(select(func.count(RecoveryCode.id)).where(unused)) or 0


def session_of_secret(secret: str) -> Session | None:
    """The session behind a cookie, whatever its state."""
    return db.session.scalars(select(Session).where(Session.secret_hash == tokens.digest(secret))).one_or_none()


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
    found = db.session.scalars(select(Role).where(Role.id == role_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


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
    return list(db.session.scalars(select(Team).order_by(Team.name)))


def team(team_id: UUID) -> Team:
    """A team of the workspace.

    Raises:
        NotFound: it has none of that id.
    """
    found = db.session.scalars(select(Team).where(Team.id == team_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


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


def count_deliveries() -> dict[str, int]:
    """How much work of the workspace is `due`, `planned` for later, `running`, or `stopped` after the last try."""
    now = clock.now()
    is_open = Delivery.gave_up_at.is_(None)
    is_held = is_open & (Delivery.lease_until >= now)
    row = db.session.execute(
        select(
            func.count().filter(is_open, Delivery.due_at <= now, func.coalesce(Delivery.lease_until < now, True)),
            func.count().filter(is_open, Delivery.due_at > now, func.coalesce(Delivery.lease_until < now, True)),
            func.count().filter(is_held),
            func.count().filter(Delivery.gave_up_at.is_not(None)),
        )
        .select_from(Delivery)
        .where(Delivery.done_at.is_(None))
    ).one()
    return dict(zip(("due", "planned", "running", "stopped"), row, strict=True))


def tenants() -> list[tuple[UUID, str]]:
    """(id, place in the address) of every workspace; plain values, to enter one after the other."""
    with db.engines["platform"].connect() as connection:
        found = connection.execute(select(Tenant.id, Tenant.slug).order_by(Tenant.slug))
        return [(row.id, row.slug) for row in found]
