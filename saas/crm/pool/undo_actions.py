"""What an admin gave out or moved at once, taken back as far as nobody has done anything with it since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from saas import clock
from saas.crm.customers import actions as account_actions
from saas.crm.customers import notice_actions as notes
from saas.crm.customers import ownership
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account, Standing
from saas.crm.pool import queries
from saas.crm.pool.models import UNDO_FOR, Move, MoveKind
from saas.db import db, new_id
from saas.errors import Conflict, Forbidden, NotFound
from saas.tenants import events, notices
from saas.tenants.models import Member, UndoRow

TAKEN_BACK, LAID_BACK = "account.taken_back", "account.laid_back"
ASSIGNED, PLACED = "pool_move", "pool_place"  # what an undo row is of


def keep_place(account: Account, into_id: UUID | None, batch_id: UUID) -> None:
    """Note from where a customer is laid into another pool; before it is."""
    before = {"pool_id": _text(account.pool_id), "into": _text(into_id)}
    _keep(PLACED, account.id, before, batch_id)


def keep_assigned(move: Move, pooled_at: datetime | None, previous_owner_id: UUID | None, batch_id: UUID) -> None:
    """Note since when a customer lay there and who had it before, once it was given to somebody."""
    before = {"pooled_at": pooled_at.isoformat() if pooled_at else None, "previous": _text(previous_owner_id)}
    db.session.flush()
    _keep(ASSIGNED, move.id, before, batch_id)


def undo(batch_id: UUID, *, by: Member) -> tuple[int, int]:
    """Take back what was given out, or moved, at once.

    Returns:
        How many customers are back, and how many stay since something was done with them meanwhile.

    Raises:
        NotFound: nothing was.
        Conflict: it is undone already, or too long ago.
        Forbidden: `by` isn't an admin of a pool they come from.
    """
    where = (UndoRow.batch_id == batch_id, UndoRow.subject_kind.in_((ASSIGNED, PLACED)))
    rows = list(db.session.scalars(select(UndoRow).where(*where).order_by(UndoRow.id).with_for_update()))
    if not rows:
        raise NotFound
    since = clock.now() - UNDO_FOR
    if any(row.undone_at is not None or row.created_at < since for row in rows):
        raise Conflict(queries.too_late())
    back = _take_back([row for row in rows if row.subject_kind == ASSIGNED], by)
    back += _lay_back([row for row in rows if row.subject_kind == PLACED], by)
    if back == len(rows):  # else somebody keeps some of what he was told of
        notices.take_back(notes.HANDED_OVER, [notes.key_of_many(batch_id)])
    now = clock.now()
    for row in rows:
        row.undone_at = now
    db.session.flush()
    return back, len(rows) - back


def forget_old() -> int:
    """Drop what is kept of assignments and moves that can no longer be undone; returns how many rows."""
    old = (UndoRow.subject_kind.in_((ASSIGNED, PLACED)), UndoRow.created_at < clock.now() - UNDO_FOR)
    gone = db.session.execute(delete(UndoRow).where(*old).execution_options(synchronize_session=False))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _take_back(rows: Sequence[UndoRow], by: Member) -> int:
    moves = {one.id: one for one in db.session.scalars(select(Move).where(Move.id.in_([r.subject_id for r in rows])))}
    accounts = {one.id: one for one in customers.lock_accounts([one.account_id for one in moves.values()])}
    at_work = queries.at_work_on([*moves], but=account_actions.ASSIGNED)
    batch_id, told = new_id(), []
    for row in rows:
        move = moves.get(row.subject_id)
        account = accounts.get(move.account_id) if move else None
        if move is None or account is None or move.id in at_work or not _is_untouched(account, move):
            continue
        _check(by, move.pool_id)
        before = row.before or {}
        ownership.give(account, None)
        account.pooled_at = datetime.fromisoformat(before["pooled_at"]) if before.get("pooled_at") else None
        account.previous_owner_id = UUID(before["previous"]) if before.get("previous") else None
        place = {"account_id": account.id, "pool_id": move.pool_id, "member_id": move.member_id}
        db.session.add(Move(id=new_id(), kind=MoveKind.TAKEN_BACK, **place))
        told.append((account, {"from_id": move.member_id}))
    db.session.flush()
    events.record_many(TAKEN_BACK, told, by=by, batch_id=batch_id)
    return len(told)


def _is_untouched(account: Account, move: Move) -> bool:
    """True while it is still his to whom it was given, who hasn't spoken to it, and the ledger says nothing newer."""
    last = queries.last_move(account.id)
    is_his = account.owner_id == move.member_id and account.standing is Standing.TRACKED
    spoken = account.last_contact_at is not None and account.last_contact_at > move.created_at
    return is_his and account.archived_at is None and not spoken and last is not None and last.id == move.id


def _lay_back(rows: Sequence[UndoRow], by: Member) -> int:
    accounts = {one.id: one for one in customers.lock_accounts([row.subject_id for row in rows])}
    back: dict[UUID | None, list[Account]] = defaultdict(list)
    for row in rows:
        account, before = accounts.get(row.subject_id), row.before or {}
        if account is None or account.owner_id is not None or _text(account.pool_id) != before.get("into"):
            continue
        back[UUID(before["pool_id"]) if before["pool_id"] else None].append(account)
    batch_id, open_ids = new_id(), {one.id for one in queries.pools()}
    for pool_id, some in back.items():
        place = pool_id if pool_id in open_ids else None  # a pool that was closed since hands on to the main one
        _check(by, place)
        ownership.move_to_pool([one.id for one in some], place)
        events.record_many(LAID_BACK, [(one, {}) for one in some], by=by, batch_id=batch_id)
    return sum(len(some) for some in back.values())


def _check(by: Member, pool_id: UUID | None) -> None:
    if not queries.leads(by, pool_id):
        raise Forbidden


def _keep(kind: str, subject_id: UUID, before: dict[str, str | None], batch_id: UUID) -> None:
    db.session.add(UndoRow(batch_id=batch_id, subject_kind=kind, subject_id=subject_id, before=before, version=0))


def _text(key: UUID | None) -> str | None:
    return str(key) if key else None
