"""Reads about the pool."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import lru_cache
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select

from saas import clock
from saas.crm.customers.models import Account, Standing
from saas.crm.pool.models import Move, MoveKind
from saas.crm.pool.rules import KEY, Rules
from saas.db import db
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission

LOST = (MoveKind.RELEASED, MoveKind.RECLAIMED)
IN_POOL = (Account.standing == Standing.POOL, Account.archived_at.is_(None))


def rules() -> Rules:
    """The workspace's rules."""
    return Rules.of(tenants.setting(KEY, {}))


def in_pool() -> tuple[ColumnElement[bool], ...]:
    """What lies in the pool."""
    return IN_POOL


def count_holdings(member: Member) -> int:
    """Tracked customers a member holds; those that have bought don't count."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Account)
            .where(Account.owner_id == member.id, Account.standing == Standing.TRACKED, Account.archived_at.is_(None))
        )
        or 0
    )


def count_claims_today(member: Member, now: datetime) -> int:
    """Claims a member has made since midnight on the workspace's clock, those he gave back again included."""
    zone = scope.workspace().timezone
    midnight = datetime.combine(clock.local(now, zone).date(), time())
    since = clock.instant_of(midnight, zone)
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Move)
            .where(Move.member_id == member.id, Move.kind == MoveKind.CLAIMED, Move.created_at >= since)
        )
        or 0
    )


def lost_at(account_id: UUID, member: Member) -> datetime | None:
    """When this member last lost this account, whoever has had it since."""
    return db.session.scalar(
        select(func.max(Move.created_at)).where(
            Move.account_id == account_id, Move.member_id == member.id, Move.kind.in_(LOST)
        )
    )


def last_move(account_id: UUID) -> Move | None:
    """The newest step of an account out of the pool or back."""
    return db.session.scalars(
        select(Move).where(Move.account_id == account_id).order_by(Move.id.desc()).limit(1)
    ).first()


def count_like(account: Account) -> int:
    """How many others of the same industry lie free, counted up to 100."""
    inner = select(Account.id).where(*in_pool(), Account.id != account.id, Account.industry == account.industry)
    return db.session.scalar(select(func.count()).select_from(inner.limit(100).subquery())) or 0


def due(now: datetime, many: int) -> list[tuple[UUID, datetime]]:
    """(account, the date it was due) of those whose time is over, the longest overdue first."""
    statement = (
        select(Account.id, Account.reclaim_at)
        .where(Account.reclaim_at <= now, Account.archived_at.is_(None))
        .order_by(Account.reclaim_at)
        .limit(many)
    )
    return [(account_id, at) for account_id, at in db.session.execute(statement) if at is not None]


def in_reach() -> ColumnElement[bool]:
    """The customers that the reader's figures count: within reach of his reports, and of the customers themselves."""
    return _both(scope.visible(Account, Permission.REPORT_VIEW), scope.visible(Account, Permission.ACCOUNT_VIEW))


@lru_cache(maxsize=16)
def _both(one: ColumnElement[bool], other: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(one, other)


def returning(
    now: datetime, *, within: timedelta, owner_id: UUID | None = None, reach: ColumnElement[bool] | None = None
) -> Sequence[Account]:
    """Customers that return to the pool soon, the first to go first; of one member, of those in reach, or of all."""
    statement = (
        select(Account)
        .where(Account.reclaim_at <= now + within, Account.archived_at.is_(None), Account.owner_id.is_not(None))
        .order_by(Account.reclaim_at, Account.id)
        .limit(1000)
    )
    if owner_id is not None:
        statement = statement.where(Account.owner_id == owner_id)
    if reach is not None:
        statement = statement.where(reach)
    return db.session.scalars(statement).all()


def count_idle(days: int, now: datetime) -> int:
    """How many tracked customers a limit of `days` would return at once."""
    last = func.greatest(Account.last_contact_at, Account.owned_since)  # greatest passes over what is empty
    statement = (
        select(func.count())
        .select_from(Account)
        .where(Account.standing == Standing.TRACKED, Account.archived_at.is_(None), last <= now - timedelta(days=days))
    )
    return db.session.scalar(statement) or 0
