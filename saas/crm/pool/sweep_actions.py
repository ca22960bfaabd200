"""The sweep: whatever the rules return goes back to its pool, many at a time.

Each customer is looked at again under its lock, by the rules as they are now; one that somebody holds is left for the
next sweep. Where something is wrong with one of a chunk, each of that chunk is asked for by itself, so that it holds up
no other. Done twice, or twice at once, it takes each customer once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from saas import clock
from saas.crm.customers import ownership
from saas.crm.customers.models import Account, Standing
from saas.crm.pool import promise_actions, queries
from saas.crm.pool.actions import RECLAIMED, note_taken
from saas.crm.pool.models import Move, MoveKind
from saas.db import current_tenant, db, new_id
from saas.tenants import events, notices, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Member
from saas.tenants.scope import SYSTEM

log = logging.getLogger(__name__)

CHUNK = 1_000  # customers of one transaction
NAMED = 3  # customers of one owner that are told one by one; of more he is told in one line


def sweep(job: str, *, now: datetime | None = None) -> Iterator[int]:
    """Return each account whose time is over; yields after each chunk how many of it went.

    Args:
        job: what is asked to look at each account of a chunk in which something is wrong.
        now: the instant that counts.
    """
    at, after, sweep_id = now or clock.now(), None, new_id()
    while True:
        found = queries.lock_due(at, CHUNK, after=after)
        if not found:
            return
        after = (found[-1].reclaim_at, found[-1].id)
        due = {account.id: account.reclaim_at for account in found if account.reclaim_at}
        try:
            with db.session.begin_nested():
                gone = return_many(found, at, sweep_id)
        except SQLAlchemyError:
            log.exception("a chunk of the sweep is looked at one by one")
            gone = 0
            ask_for_each(job, due, at, sweep_id)
        yield gone


def return_many(accounts: Sequence[Account], at: datetime, sweep_id: UUID) -> int:
    """Return those of these accounts, held by the caller, whose time is over by the rules as they are; how many."""
    ownership.renew(accounts)
    gone = [account for account in accounts if account.reclaim_at is not None and account.reclaim_at <= at]
    if not gone:
        return 0
    owners = tenants.members_by_id({account.owner_id for account in gone if account.owner_id})
    rows = [_move(account, at, sweep_id) for account in gone]
    told = [
        (account, {"from": owners[row["member_id"]].name, "from_id": row["member_id"], "reason": row["reason"]})
        for account, row in zip(gone, rows, strict=True)
    ]
    ownership.take_from_all(gone, at=at)
    promise_actions.settle_of([account.id for account in gone], is_kept=False)
    note_taken(sweep_id, [row["reason"] for row in rows])
    db.session.execute(insert(Move), rows)
    events.record_many(RECLAIMED, told, by=SYSTEM)
    _tell(gone, rows, owners)
    return len(gone)


def _move(account: Account, at: datetime, sweep_id: UUID) -> dict[str, Any]:
    return {
        "tenant_id": current_tenant(),
        "id": new_id(),
        "account_id": account.id,
        "pool_id": account.pool_id,
        "member_id": account.owner_id,
        "kind": MoveKind.RECLAIMED,
        "reason": account.reclaim_reason.value if account.reclaim_reason else None,
        "had_bought": account.standing is Standing.CUSTOMER,
        "created_at": at,
        "sweep_id": sweep_id,
    }


def _tell(gone: Sequence[Account], rows: Sequence[dict[str, Any]], owners: dict[UUID, Member]) -> None:
    slug = scope.workspace().slug
    by_owner: dict[UUID, list[tuple[Account, dict[str, Any]]]] = {}
    for account, row in zip(gone, rows, strict=True):
        by_owner.setdefault(row["member_id"], []).append((account, row))
    for owner_id, lost in by_owner.items():
        (first, move), more = lost[0], len(lost) > NAMED
        if more:
            key, url = f"pool.returned:{move['id']}", f"/{slug}/pool/"
            notices.tell(owners[owner_id], "pool.returned", key, url, name=first.name, count=len(lost))
            continue
        for account, row in lost:
            key, url = f"pool.returned:{row['id']}", f"/{slug}/customers/{account.id}"
            notices.tell(owners[owner_id], "pool.returned", key, url, name=account.name, reason=row["reason"])


def ask_for_each(job: str, due: dict[UUID, datetime], now: datetime, sweep_id: UUID) -> None:
    """Ask `job` to look at each of these accounts by itself, once for each date of return (id → date), as part of the
    same run."""
    rows = [
        {
            "handler": job,
            "key": f"{account_id}@{at.isoformat()}",
            "due_at": now + timedelta(seconds=1),  # once this transaction has let them go
            "payload": {"account_id": str(account_id), "sweep_id": str(sweep_id)},
        }
        for account_id, at in due.items()
    ]
    events.deliver_many(rows)
