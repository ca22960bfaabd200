"""Reads about the pool."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased, lazyload

from saas import clock
from saas.crm.customers import ownership, veil
from saas.crm.customers.models import Account, AccountShield, ShieldKind, Standing
from saas.crm.pool.models import Look, Move, MoveKind, Pool, PoolSeat
from saas.crm.pool.rules import Rules, midnight
from saas.db import db
from saas.found import the_one
from saas.kept import kept
from saas.statements import Statement, written_once
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Event, Member
from saas.tenants.permissions import Permission, Reach

LOST = (MoveKind.RELEASED, MoveKind.RECLAIMED)
_UNDO = aliased(Move)
LOSSES = (  # steps by which a member lost a customer; what the undo of a sweep gave back to him he hasn't lost
    Move.kind.in_(LOST),
    or_(
        Move.sweep_id.is_(None),
        ~exists().where(
            _UNDO.account_id == Move.account_id, _UNDO.sweep_id == Move.sweep_id, _UNDO.kind == MoveKind.RESTORED
        ),
    ),
)
LOCKED, UNLOCKED = "account.locked", "account.unlocked"
IN_POOL = (Account.standing == Standing.POOL, Account.archived_at.is_(None))


def rules(pool_id: UUID | None = None) -> Rules:
    """The rules of a pool; of the main one for None."""
    return Rules.of(tenants.setting(ownership.key_of(pool_id), {}))


def too_late() -> str:
    """What is said where nothing is left to be undone."""
    return _("This is undone already, or too long ago.")


@written_once
def _pools() -> Statement:
    return select(Pool).where(Pool.closed_at.is_(None)).order_by(Pool.name, Pool.id)


@written_once
def _seats() -> Statement:
    return select(PoolSeat.pool_id, PoolSeat.member_id, PoolSeat.team_id, PoolSeat.is_admin)


def pools() -> list[Pool]:
    """The pools besides the main one, by name."""
    return _pools().objects()


def pool(pool_id: UUID) -> Pool:
    """A pool besides the main one.

    Raises:
        NotFound: there is none, or it is closed.
    """
    return the_one(select(Pool).where(Pool.id == pool_id, Pool.closed_at.is_(None)))


def seats(pool_id: UUID) -> list[PoolSeat]:
    """Who may use a pool."""
    return list(db.session.scalars(select(PoolSeat).where(PoolSeat.pool_id == pool_id).order_by(PoolSeat.id)))


@dataclass(frozen=True)
class Doors:
    """Which pools a member may use: `shut` are those that others keep for themselves, `led` those he is admin of."""

    open: tuple[Pool, ...]
    shut: frozenset[UUID]
    led: frozenset[UUID]

    def lets_in(self, pool_id: UUID | None) -> bool:
        """True when he may use the pool."""
        return pool_id not in self.shut


def doors(member: Member) -> Doors:
    """The pools that a member may use; one without members of its own is everyone's."""
    every = pools()
    if not every:
        return Doors((), frozenset(), frozenset())
    rows = _seats().rows()
    seated = {row.pool_id for row in rows}
    mine = [row for row in rows if row.member_id == member.id or (row.team_id and row.team_id == member.team_id)]
    own = {row.pool_id for row in mine}
    led = frozenset(row.pool_id for row in mine if row.is_admin)
    shut = frozenset(one.id for one in every if one.id in seated and one.id not in own)
    return Doors(tuple(one for one in every if one.id not in shut), shut, led)


def leads(member: Member, pool_id: UUID | None) -> bool:
    """True when he is admin of the pool: by a seat in it, or since he may give any customer to anybody."""
    if scope.who().reach(Permission.ACCOUNT_ASSIGN) is Reach.ALL:
        return True
    return pool_id is not None and pool_id in doors(member).led


@kept
def _led() -> dict[UUID, frozenset[UUID]]:
    led: dict[UUID, set[UUID]] = {}
    for row in _seats().rows():
        if row.is_admin and row.member_id:
            led.setdefault(row.member_id, set()).add(row.pool_id)
    return {member_id: frozenset(pools) for member_id, pools in led.items()}


@kept
def _open() -> frozenset[UUID]:
    return frozenset(row.id for row in _open_ids().rows())


@written_once
def _open_ids() -> Statement:
    return select(Pool.id).where(Pool.closed_at.is_(None))


veil.know(veil.Pools(lambda member_id: _led().get(member_id, frozenset()), _open))


def in_pool(shut: frozenset[UUID] = frozenset()) -> tuple[ColumnElement[bool], ...]:
    """What lies in a pool, but in none of those that are shut to the reader."""
    return (*IN_POOL, _outside(shut)) if shut else IN_POOL


@lru_cache(maxsize=64)
def _outside(shut: frozenset[UUID]) -> ColumnElement[bool]:
    return or_(Account.pool_id.is_(None), Account.pool_id.not_in(shut))


def count_in(pool_id: UUID | None) -> int:
    """How many customers lie in a pool, those put away included."""
    where = (Account.standing == Standing.POOL, Account.pool_id == pool_id)
    return db.session.scalar(select(func.count()).select_from(Account).where(*where)) or 0


def count_locks(member: Member, now: datetime) -> int:
    """How many of his customers a member has locked."""
    mine = (AccountShield.kind == ShieldKind.LOCK, AccountShield.ref == member.id, AccountShield.until > now)
    return db.session.scalar(select(func.count()).select_from(AccountShield).where(*mine)) or 0


def lockable_from(account_id: UUID, member: Member, rules: Rules) -> datetime | None:
    """When a member may lock a customer anew: days after his last lock of it ran out, or was taken off; None: he has
    locked it never before."""
    mine = (Event.subject_kind == Account.__tablename__, Event.subject_id == account_id, Event.actor_id == member.id)
    rows = select(Event).where(*mine, Event.name.in_((LOCKED, UNLOCKED))).order_by(Event.id.desc()).limit(2)
    last, *before = [*db.session.scalars(rows), None]
    if last is None:
        return None
    locked = last if last.name == LOCKED else before[0]
    if locked is None or locked.name != LOCKED:
        return None
    until = datetime.fromisoformat(locked.changed["until"])
    return rules.lockable_on(min(until, last.created_at) if last.name == UNLOCKED else until)


def shields_of(account_id: UUID, now: datetime) -> list[AccountShield]:
    """What keeps an account with its owner now."""
    runs = or_(AccountShield.until.is_(None), AccountShield.until > now)
    rows = select(AccountShield).where(AccountShield.account_id == account_id, runs)
    return list(db.session.scalars(rows.order_by(AccountShield.kind, AccountShield.id)))


def loads() -> dict[UUID, int]:
    """How many tracked customers each member holds."""
    held = (Account.standing == Standing.TRACKED, Account.archived_at.is_(None), Account.owner_id.is_not(None))
    rows = select(Account.owner_id, func.count()).where(*held).group_by(Account.owner_id)
    return {owner_id: count for owner_id, count in db.session.execute(rows) if owner_id is not None}


def resting(account_id: UUID, rules: Rules, now: datetime) -> list[tuple[Member, datetime]]:
    """Who lost an account so lately that he leaves it to others, and until when."""
    last = func.max(Move.created_at)
    rows = (
        select(Member, last)
        .join(Move, Move.member_id == Member.id)
        .where(Move.account_id == account_id, *LOSSES)
        .group_by(Member.tenant_id, Member.id)
        .having(last > now - timedelta(days=rules.rest))
        .order_by(last)
    )
    return [(member, rules.free_on(at)) for member, at in db.session.execute(rows)]


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
    since = midnight(now, scope.workspace().timezone)
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Move)
            .where(Move.member_id == member.id, Move.kind == MoveKind.CLAIMED, Move.created_at >= since)
        )
        or 0
    )


def today(now: datetime) -> date:
    """The day on the workspace's clock."""
    return clock.local(now, scope.workspace().timezone).date()


def count_looks(member: Member, now: datetime) -> int:
    """How many free customers' pages a member has opened today, where that is counted."""
    mine = select(func.count()).select_from(Look).where(Look.member_id == member.id, Look.day == today(now))
    return db.session.scalar(mine) or 0


def has_looked(member: Member, account_id: UUID, now: datetime) -> bool:
    """True when a member has opened this one today."""
    mine = (Look.member_id == member.id, Look.day == today(now), Look.account_id == account_id)
    return bool(db.session.scalar(select(exists().where(*mine))))


def lost_at(account_id: UUID, member: Member) -> datetime | None:
    """When this member last lost this account, whoever has had it since."""
    return db.session.scalar(
        select(func.max(Move.created_at)).where(Move.account_id == account_id, Move.member_id == member.id, *LOSSES)
    )


def last_move(account_id: UUID) -> Move | None:
    """The newest step of an account out of the pool or back."""
    return db.session.scalars(
        select(Move).where(Move.account_id == account_id).order_by(Move.id.desc()).limit(1)
    ).first()


def at_work_on(move_ids: Collection[UUID], *, but: str) -> set[UUID]:
    """Those of these steps since which the member who got the customer has done something with it, as opened a deal.

    Args:
        move_ids: of the steps.
        but: the event of the step itself, which may be his own doing.
    """
    itself = and_(Event.subject_kind == Account.__tablename__, Event.subject_id == Move.account_id)
    his = or_(Event.account_id == Move.account_id, itself), Event.actor_id == Move.member_id
    since = select(Move.id).join(Event, and_(*his, Event.created_at > Move.created_at, Event.name != but))
    return set(db.session.scalars(since.where(Move.id.in_(move_ids)).distinct()))


def count_like(account: Account) -> int:
    """How many others of the same industry lie free, counted up to 100."""
    inner = select(Account.id).where(*in_pool(), Account.id != account.id, Account.industry == account.industry)
    return db.session.scalar(select(func.count()).select_from(inner.limit(100).subquery())) or 0


def lock_due(now: datetime, many: int, *, after: tuple[datetime | None, UUID] | None = None) -> list[Account]:
    """Accounts whose time is over, the longest overdue first, held until the transaction ends; those that somebody else
    holds are left out.

    Args:
        now: the instant that counts.
        many: at most so many.
        after: date of return and id of the last one that was looked at.
    """
    place = (Account.reclaim_at, Account.id)
    statement = select(Account).where(Account.reclaim_at <= now, Account.archived_at.is_(None))
    if after is not None:
        statement = statement.where(tuple_(*place) > tuple_(*after))
    statement = statement.order_by(*place).limit(many).options(lazyload("*"))
    held = statement.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return list(db.session.scalars(held))


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
