"""Undo of a sweep: what it took goes back to whoever had it, as far as it still lies free and nobody has touched it.

A worker does it, chunk by chunk; cut off between two, it goes on behind the last. Whatever is given back has its days
counted anew, so that the next sweep doesn't take it again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from saas import clock
from saas.crm.customers import ownership
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account
from saas.crm.pool import queries, sweep_queries
from saas.crm.pool.models import Move, MoveKind, Stay, StayReason, Sweep, Undoing
from saas.crm.pool.rooms import Rooms
from saas.db import db, new_id
from saas.errors import Conflict, Refused
from saas.tenants import events, notices, scope
from saas.tenants import queries as tenants
from saas.tenants.actions import trail
from saas.tenants.models import Delivery, Member, MemberStatus

RESTORED, SWEEP_UNDONE = "account.restored_to_owner", "pool.sweep_undone"
TOLD_OWNER, TOLD_DONE = "pool.restored", "pool.sweep_undone"  # notices
JOB = "crm.undo_sweep"
CHUNK = 200  # customers of one transaction


def undo(sweep: Sweep, why: str, *, by: Member) -> None:
    """Have a worker give back what a sweep took.

    Args:
        sweep: which.
        why: for those who had the customers, and for the trail.
        by: who says so.

    Raises:
        Conflict: it is undone already, or too long ago.
        Refused: no reason is given.
    """
    if not why:
        raise Refused(_("Say why."), field="why")
    sweep = sweep_queries.lock(sweep.id)
    if not sweep.can_be_undone(clock.now()):
        raise Conflict(queries.too_late())
    sweep.undoing, sweep.undo_by_id, sweep.undo_why = Undoing.RUNNING, by.id, why
    events.record(SWEEP_UNDONE, sweep, by=by, changed={"count": sweep.total, "why": why}, batch_id=sweep.id)
    events.deliver(JOB, key=str(sweep.id), due_at=clock.now(), payload={"sweep_id": sweep.id})


def stopped(sweep: Sweep) -> Delivery | None:
    """The undo of a sweep, if it was given up."""
    return tenants.stopped_delivery(JOB, str(sweep.id)) if sweep.undoing is Undoing.RUNNING else None


def try_again(sweep: Sweep, *, by: Member) -> None:
    """Have an undo go on that was given up."""
    if (delivery := stopped(sweep)) is not None:
        trail.retry(delivery.id, by=by)


def proceed(sweep_id: UUID) -> Iterator[None]:
    """Give back what a sweep took, a chunk between two yields; the caller commits at each. Done again, it goes on."""
    while True:
        sweep = sweep_queries.lock(sweep_id)
        if sweep.undoing is not Undoing.RUNNING:
            return
        if moves := sweep_queries.taken(sweep.id, CHUNK, sweep.last_move_id):
            sweep.back += _give_back(sweep, moves)
            sweep.looked_at += len(moves)
            sweep.last_move_id = moves[-1].id
        else:
            _finish(sweep)
        db.session.flush()
        yield
        db.session.expunge_all()


def _give_back(sweep: Sweep, moves: Sequence[Move]) -> int:
    assert sweep.undo_by_id is not None
    found = {one.id: one for one in customers.lock_accounts([move.account_id for move in moves])}
    newest = sweep_queries.newest([move.id for move in moves])
    rooms = Rooms(tenants.members_by_id({move.member_id for move in moves}))
    theirs: dict[UUID, list[Account]] = defaultdict(list)
    told: list[tuple[Account, Mapping[str, Any]]] = []
    for move in moves:
        account = found[move.account_id]
        why = _touched(account, move, newest) or _no_room(move, rooms)
        if why is not None:
            db.session.add(Stay(sweep_id=sweep.id, account_id=account.id, why=why))
            continue
        owner = rooms.members[move.member_id]
        theirs[owner.id].append(account)
        told.append((account, {"to": owner.name, "to_id": owner.id, "why": sweep.undo_why}))
        place = {"account_id": account.id, "pool_id": move.pool_id, "member_id": owner.id, "sweep_id": sweep.id}
        db.session.add(
            Move(id=new_id(), kind=MoveKind.RESTORED, reason=move.reason, note=sweep.undo_why, **place),
        )
    for owner_id, accounts in theirs.items():
        ownership.give_from_pool(accounts, rooms.members[owner_id])
    had_bought = {move.account_id for move in moves if move.had_bought}
    ownership.set_bought([one for accounts in theirs.values() for one in accounts if one.id in had_bought])
    if told:
        events.record_many(RESTORED, told, by=tenants.member(sweep.undo_by_id), batch_id=sweep.id)
    return len(told)


def _touched(account: Account, move: Move, newest: Collection[UUID]) -> StayReason | None:
    """What has become of a customer since it went; None: it lies there as it did."""
    if account.archived_at is not None:
        return StayReason.ARCHIVED
    if account.owner_id is not None:
        return StayReason.TAKEN
    if account.pool_id != move.pool_id:
        return StayReason.MOVED
    if account.last_contact_at is not None and account.last_contact_at > move.created_at:
        return StayReason.SPOKEN
    return None if move.id in newest else StayReason.TAKEN


def _no_room(move: Move, rooms: Rooms) -> StayReason | None:
    """Why a customer can't be with whoever had it."""
    if rooms.members[move.member_id].status is not MemberStatus.ACTIVE:
        return StayReason.LEFT
    return None if rooms.enter(move.member_id, move.pool_id) else StayReason.FULL


def _finish(sweep: Sweep) -> None:
    sweep.undoing, sweep.undone_at = Undoing.DONE, clock.now()
    slug, key = scope.workspace().slug, f"pool.undone:{sweep.id}"
    for owner, many in sweep_queries.by_member(sweep.id, MoveKind.RESTORED):
        name = sweep_queries.one_of(sweep.id, owner.id, MoveKind.RESTORED)
        notices.tell(owner, TOLD_OWNER, key, f"/{slug}/customers/?owner=me", name=name, count=many)
    if sweep.undo_by_id is not None:
        url = f"/{slug}/settings/pool/returns/{sweep.id}"
        counts = {"back": sweep.back, "stayed": sweep.looked_at - sweep.back}
        notices.tell(tenants.member(sweep.undo_by_id), TOLD_DONE, f"{key}:done", url, **counts)
