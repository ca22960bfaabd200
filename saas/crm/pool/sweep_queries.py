"""Reads about the runs in which the rules returned customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased

from saas.crm.customers.models import Account
from saas.crm.pool.models import Move, MoveKind, Stay, Sweep
from saas.db import db
from saas.found import the_one
from saas.tenants.models import Member

PAGE = 50  # runs of a page
SHOWN = 200  # customers that a page tells of


def sweep(sweep_id: UUID) -> Sweep:
    """One run.

    Raises:
        NotFound: there was none.
    """
    return the_one(select(Sweep).where(Sweep.id == sweep_id))


def lock(sweep_id: UUID) -> Sweep:
    """The run as it is now, held until the transaction ends.

    Raises:
        NotFound: there was none.
    """
    held = select(Sweep).where(Sweep.id == sweep_id).with_for_update()
    return the_one(held.execution_options(populate_existing=True))


def sweeps(before: UUID | None = None) -> Sequence[Sweep]:
    """The runs that took something, newest first, and one more than a page; those before the run `before`."""
    runs = select(Sweep).order_by(Sweep.id.desc()).limit(PAGE + 1)
    return db.session.scalars(runs if before is None else runs.where(Sweep.id < before)).all()


def taken(sweep_id: UUID, many: int, after: UUID | None = None) -> list[Move]:
    """The next steps by which customers went in a run, in their order; of those that were merged since, the last."""
    mine = select(Move).where(Move.sweep_id == sweep_id, Move.kind == MoveKind.RECLAIMED, ~_has_later(Move))
    if after is not None:
        mine = mine.where(Move.id > after)
    return list(db.session.scalars(mine.order_by(Move.id).limit(many)))


def _has_later(model: Any) -> ColumnElement[bool]:
    """A row of the same kind follows, of the same run and customer: two that were merged since are told of once."""
    later = aliased(model)
    same = [later.sweep_id == model.sweep_id, later.account_id == model.account_id, later.id > model.id]
    if model is Move:
        same.append(later.kind == model.kind)
    return exists().where(*same)


def newest(move_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the steps after which their account has taken no other."""
    later = aliased(Move)
    others = exists().where(later.account_id == Move.account_id, later.id > Move.id)
    return set(db.session.scalars(select(Move.id).where(Move.id.in_(move_ids), ~others)))


def by_member(sweep_id: UUID, kind: MoveKind) -> list[tuple[Member, int]]:
    """How many customers went from each member in a run, or went back to him; by name."""
    rows = (
        select(Member, func.count())
        .join(Move, Move.member_id == Member.id)
        .where(Move.sweep_id == sweep_id, Move.kind == kind)
        .group_by(Member.tenant_id, Member.id)
        .order_by(Member.name, Member.id)
    )
    return [(member, many) for member, many in db.session.execute(rows)]


def one_of(sweep_id: UUID, member_id: UUID, kind: MoveKind) -> str:
    """The name of one customer that went from a member in a run, or went back to him."""
    mine = Move.sweep_id == sweep_id, Move.member_id == member_id, Move.kind == kind
    name = select(Account.name).join(Move, Move.account_id == Account.id).where(*mine).order_by(Move.id).limit(1)
    return db.session.scalar(name) or ""


def stays(sweep_id: UUID) -> Sequence[Any]:
    """(id, name, number, why, owner) of the first customers that an undo left; owner: the name of who has it now."""
    shown = select(Account.id, Account.name, Account.number, Stay.why, Member.name.label("owner"))
    joined = shown.join(Stay, Stay.account_id == Account.id).outerjoin(Member, Member.id == Account.owner_id)
    mine = Stay.sweep_id == sweep_id, ~_has_later(Stay)
    return db.session.execute(joined.where(*mine).order_by(Stay.id).limit(SHOWN)).all()


def went(sweep_id: UUID) -> Sequence[Any]:
    """(id, name, number, reason, member, is_merged) of the first customers that went in a run; member: the name of who
    lost it; is_merged: another that went is part of it since."""
    shown = select(Account.id, Account.name, Account.number, Move.reason, Member.name.label("member"))
    joined = shown.join(Move, Move.account_id == Account.id).join(Member, Member.id == Move.member_id)
    earlier = aliased(Move)
    same = earlier.sweep_id == Move.sweep_id, earlier.account_id == Move.account_id, earlier.id < Move.id
    joined = joined.add_columns(exists().where(*same, earlier.kind == Move.kind).label("is_merged"))
    mine = Move.sweep_id == sweep_id, Move.kind == MoveKind.RECLAIMED, ~_has_later(Move)
    return db.session.execute(joined.where(*mine).order_by(Move.id).limit(SHOWN)).all()
