"""Reads of the ledger: who took what, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, not_, select, true
from sqlalchemy.orm import aliased

from saas.crm.customers.models import Account, ReclaimReason, Standing
from saas.crm.pool.models import Move, MoveKind
from saas.db import db
from saas.tenants import scope
from saas.tenants.models import Member

PAGE = 50  # lines of the ledger
TAKEN = (MoveKind.CLAIMED, MoveKind.ASSIGNED)
SIGN = {MoveKind.RECLAIMED: 1, MoveKind.RESTORED: -1}  # what was given back again doesn't count against anybody


@dataclass
class Share:
    """One member's part of what left the pools and came back."""

    member_id: UUID
    name: str
    counts: dict[MoveKind, int] = field(default_factory=dict)
    value: Decimal = Decimal(0)  # yearly revenue of the customers taken, in millions
    won: int = 0  # of the customers taken, those that have bought and are still his
    promised: int = 0
    missed: int = 0

    @property
    def taken(self) -> int:
        """Customers claimed or assigned."""
        return sum(self.counts.get(kind, 0) for kind in TAKEN)

    @property
    def lost(self) -> int:
        """Customers that the rules took, less those that were given back to him."""
        return max(0, sum(self.counts.get(kind, 0) * sign for kind, sign in SIGN.items()))


def shares(since: datetime) -> list[Share]:
    """Each member's part since an instant, whoever took most first."""
    found: dict[UUID, Share] = {}
    is_his = (Account.standing == Standing.CUSTOMER) & (Account.owner_id == Move.member_id)
    is_missed = Move.reason == ReclaimReason.MISSED_INTENT.value
    rows = (
        select(
            Move.member_id,
            Member.name,
            Move.kind,
            func.count(),
            func.coalesce(func.sum(Account.revenue), 0),
            func.count(Account.id.distinct()).filter(is_his),
            func.count(Move.step_by),
            func.count().filter(is_missed),
        )
        .join(Member, Member.id == Move.member_id)
        .join(Account, Account.id == Move.account_id)
        .where(Move.created_at >= since)
        .group_by(Move.member_id, Member.name, Move.kind)
    )
    for member_id, name, kind, count, value, won, promised, missed in db.session.execute(rows):
        share = found.setdefault(member_id, Share(member_id, name))
        share.counts[kind] = count
        share.missed += missed * SIGN.get(kind, 0)
        if kind in TAKEN:
            share.value += value or 0
            share.won += won
            share.promised += promised
    return sorted(found.values(), key=lambda one: (-one.taken, one.name))


def steps(since: datetime, before: UUID | None = None) -> Sequence[Any]:
    """(move, customer's name, member's name, the name of who had it before where it was handed over, whether the
    customer is hidden from the reader), newest first; the page after `before`.
    """
    giver = aliased(Member)
    covered = not_(and_(true(), *scope.unhidden(Account))).label("is_covered")
    rows = (
        select(Move, Account.name.label("account"), Member.name.label("member"), giver.name.label("giver"), covered)
        .join(Account, Account.id == Move.account_id)
        .join(Member, Member.id == Move.member_id)
        .outerjoin(giver, giver.id == Move.from_id)
        .where(Move.created_at >= since)
        .order_by(Move.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        rows = rows.where(Move.id < before)
    return db.session.execute(rows).all()


def concentration(found: Sequence[Share]) -> Share | None:
    """Whoever took more than half of at least ten customers, where there are others to take some."""
    total = sum(one.taken for one in found)
    if total < 10 or not found:
        return None
    return found[0] if found[0].taken * 2 > total else None
