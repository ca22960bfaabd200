"""Reads about what was promised with claims."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from saas.crm.activities.models import Promise
from saas.crm.pool.models import Move, MoveKind
from saas.db import db


def promised(account_id: UUID, member_id: UUID) -> Move | None:
    """The claim by which a member got an account with a promise: the newest one."""
    mine = (Move.account_id == account_id, Move.member_id == member_id, Move.kind == MoveKind.CLAIMED)
    rows = select(Move).where(*mine, Move.step_by.is_not(None)).order_by(Move.id.desc()).limit(1)
    return db.session.scalars(rows).first()


def claim_of(promise_id: UUID) -> Move | None:
    """The claim with which a promise was made, if one was."""
    return db.session.scalars(select(Move).where(Move.promise_id == promise_id).limit(1)).first()


def open_of(account_ids: Collection[UUID]) -> list[Promise]:
    """What was promised with claims of these accounts and isn't settled."""
    rows = select(Promise).join(Move, Move.promise_id == Promise.id)
    mine = (Promise.account_id.in_(account_ids), Promise.settled_at.is_(None))
    return list(db.session.scalars(rows.where(*mine).order_by(Promise.id)))
