"""Reads of the ledger: who took what, what became of it; and what rules are rehearsed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from saas.crm.activities import kind_queries
from saas.crm.activities.models import Activity
from saas.crm.customers.models import Account, ReclaimReason, Standing
from saas.crm.pool.models import Move, MoveKind
from saas.crm.pool.rehearsal import History
from saas.db import db
from saas.tenants.models import Event, Member

PAGE = 50  # lines of the ledger
MOST = 20_000  # customers that rules are rehearsed on
TAKEN = (MoveKind.CLAIMED, MoveKind.ASSIGNED)
SIGN = {MoveKind.RECLAIMED: 1, MoveKind.RESTORED: -1}  # what was given back again doesn't count against anybody
SPOKEN = ("case.answered", "case.filed")  # besides activities: what else counts as contact
DEALS = {
    "opportunity.created": 1,
    "opportunity.reopened": 1,
    "opportunity.restored": 1,
    "opportunity.won": -1,
    "opportunity.lost": -1,
    "opportunity.archived": -1,
}


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
    """(move, customer's name, member's name), newest first; the page after `before`."""
    rows = (
        select(Move, Account.name.label("account"), Member.name.label("member"))
        .join(Account, Account.id == Move.account_id)
        .join(Member, Member.id == Move.member_id)
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


def histories(start: datetime, pool_id: UUID | None) -> list[History]:
    """What happened to the customers that members hold now and tracked some time since `start`: what rules are tried
    on. Those that have left their owner meanwhile are not among them."""
    bought = (
        select(func.min(Event.created_at))
        .where(Event.subject_kind == "account", Event.subject_id == Account.id, Event.name == "account.bought")
        .correlate(Account)
        .scalar_subquery()
    )
    held = (Account.owner_id.is_not(None), Account.owned_since.is_not(None), Account.archived_at.is_(None))
    columns = (
        Account.id,
        Account.name,
        Account.owner_id,
        Account.level,
        Account.owned_since,
        Account.standing,
        Account.has_deal,
    )
    rows = select(*columns, bought.label("bought")).where(*held, Account.pool_id == pool_id)
    found: dict[UUID, History] = {}
    for row in db.session.execute(rows.order_by(Account.owned_since.desc()).limit(MOST)):
        has_bought = row.standing is Standing.CUSTOMER
        if has_bought and (row.bought is None or row.bought < start):
            continue
        won_at = row.bought if has_bought else None
        found[row.id] = History(row.id, row.name, row.owner_id, row.level, row.owned_since, won_at, row.has_deal)
    _add_contacts(found, start)
    _add_events(found, start)
    for one in found.values():
        one.had_deal = one.had_deal - sum(step for _at, step in one.deals) > 0
    return list(found.values())


def _add_contacts(found: dict[UUID, History], since: datetime) -> None:
    reaches = [key for key, kind in kind_queries.every().items() if kind.reaches]
    rows = select(Activity.account_id, func.least(Activity.starts_at, Activity.done_at))
    done = (Activity.done_at >= since, Activity.kind.in_(reaches), Activity.account_id.is_not(None))
    for account_id, at in db.session.execute(rows.where(*done)):
        if account_id in found and at >= found[account_id].since:
            found[account_id].contacts.append(at)


def _add_events(found: dict[UUID, History], since: datetime) -> None:
    rows = select(Event.account_id, Event.name, Event.created_at)
    told = (Event.created_at >= since, Event.account_id.is_not(None), Event.name.in_([*SPOKEN, *DEALS]))
    for account_id, name, at in db.session.execute(rows.where(*told)):
        one = found.get(account_id) if account_id else None
        if one is None:
            continue
        if name in DEALS:
            one.deals.append((at, DEALS[name]))
        elif at >= one.since:
            one.contacts.append(at)
