"""Reads of the service itself: sessions, users, the register of workspaces."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, case, func, literal, null, select, text, update
from sqlalchemy.engine import Engine
from sqlalchemy.orm import joinedload

from saas import clock
from saas.db import db
from saas.statements import Statement, written_once
from saas.tenants import tokens
from saas.tenants.models import (
    Operator,
    Passkey,
    RecoveryCode,
    Session,
    SessionAudience,
    Tenant,
    TenantStatus,
    User,
)

# One at rest (its rent isn't paid) is entered to read, to export and to pay; `saas/portals/guard.py` refuses the rest.
ENTERED = (TenantStatus.TRIAL, TenantStatus.ACTIVE, TenantStatus.SUSPENDED)

MOST_NEW = 100  # notices counted for the bell
NONE, NOTHING = null().label("Tenant"), literal(0).label("unread")


@dataclass(frozen=True)
class Browser:
    """A browser in which a user is signed in: to workspaces, and behind them as a person."""

    is_own: bool  # the one that asks
    agent: str
    address: str
    sessions: tuple[Session, ...]  # the one used last first

    @property
    def session_ids(self) -> list[UUID]:
        """The ids of its sessions."""
        return [one.id for one in self.sessions]

    @property
    def workspaces(self) -> list[str]:
        """The names of the workspaces it is in."""
        return list(dict.fromkeys(one.tenant.name for one in self.sessions if one.tenant))

    @property
    def last_seen_at(self) -> datetime:
        """When it was used last."""
        return self.sessions[0].last_seen_at


@dataclass(frozen=True)
class Entry:
    """What a cookie and a workspace's name lead to. The rows are detached: read them, don't change them."""

    session: Session | None = None
    user: User | None = None
    tenant: Tenant | None = None
    operator: Operator | None = None
    unread: int = 0  # notices for a member of the workspace, up to MOST_NEW


def _live() -> ColumnElement[bool]:
    return (
        (Session.secret_hash == bindparam("secret_hash"))
        & (Session.audience == bindparam("audience"))
        & Session.revoked_at.is_(None)
        & (Session.expires_at > bindparam("now"))
        & (Session.idle_until > bindparam("now"))
    )


@written_once
def _session() -> Statement:
    found = select(Session, User, NONE, NOTHING).outerjoin(User, Session.user_id == User.id)
    return found.where(_live(), Session.tenant_id.is_(None))


@written_once
def _session_of_operator() -> Statement:
    return select(Session, Operator, NONE, NOTHING).join(Operator, Session.operator_id == Operator.id).where(_live())


@written_once
def _session_in() -> Statement:
    unread = func.unread_notices(Tenant.id, User.id, MOST_NEW)
    return (
        select(Session, User, Tenant, case((User.id.is_(None), 0), else_=unread).label("unread"))
        .select_from(Tenant)
        .outerjoin(Session, _live() & (Session.tenant_id == Tenant.id))
        .outerjoin(User, Session.user_id == User.id)
        .where(Tenant.slug == bindparam("slug"), Tenant.status.in_(ENTERED))
    )


def find_session(secret: str, audience: SessionAudience, slug: str | None) -> Entry:
    """The live session behind a cookie, its user (or operator) and the workspace called `slug`, in one statement.

    A session counts only in the workspace it was made for, until its idle and absolute limit, while its user may sign
    in and has not changed the password since.
    """
    asked: dict[str, Any] = {"secret_hash": tokens.digest(secret), "audience": audience, "now": clock.now()}
    found = _session_in if slug is not None else _session
    if audience is SessionAudience.OPERATOR:
        found = _session_of_operator
    elif slug is not None:
        asked["slug"] = slug
    with _reading(db.engines["platform"]).connect() as connection:
        rows = found().read_by(connection, **asked)
    session, person, tenant, unread = rows[0] if rows else (None, None, None, 0)
    if session is not None and person is not None and (person.disabled_at or person.epoch != session.epoch):
        session, person = None, None
    if isinstance(person, Operator):
        return Entry(session, operator=person)
    return Entry(session, person, tenant, unread=unread)


@lru_cache(maxsize=4)
def _reading(engine: Engine) -> Engine:
    """The engine for what is only read: no transaction is begun, none to be ended."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


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


def _sessions_of(user_id: UUID) -> list[Session]:
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


def browsers_of(user_id: UUID, own: Collection[UUID] = ()) -> list[Browser]:
    """Where a user is signed in, the one used last first: what the same browser said from the same address is one.

    Args:
        user_id: whose sessions.
        own: the sessions of the browser that asks; they stand apart.
    """
    found: dict[tuple[bool, str, str], list[Session]] = {}
    for one in _sessions_of(user_id):
        found.setdefault((one.id in own, one.agent, one.address), []).append(one)
    return [Browser(is_own, agent, address, tuple(group)) for (is_own, agent, address), group in found.items()]


def count_recovery_codes(user_id: UUID) -> int:
    """How many codes on paper a user has left."""
    unused = (RecoveryCode.user_id == user_id) & RecoveryCode.used_at.is_(None)
    return db.session.scalar(select(func.count(RecoveryCode.id)).where(unused)) or 0


def passkeys_of(user_id: UUID) -> list[Passkey]:
    """The passkeys of a user, the first added first."""
    return list(db.session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)))


def session_of_secret(secret: str) -> Session | None:
    """The session behind a cookie, whatever its state."""
    return db.session.scalars(select(Session).where(Session.secret_hash == tokens.digest(secret))).one_or_none()


def tenants() -> list[tuple[UUID, str]]:
    """(id, place in the address) of every workspace; plain values, to enter one after the other."""
    with db.engines["platform"].connect() as connection:
        found = connection.execute(select(Tenant.id, Tenant.slug).order_by(Tenant.slug))
        return [(row.id, row.slug) for row in found]
