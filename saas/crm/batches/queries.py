"""Reads about batches."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from saas.crm.batches.models import Batch, BatchRow, Outcome
from saas.crm.customers.models import Account
from saas.db import db
from saas.found import the_one
from saas.tenants import scope
from saas.tenants.models import UndoRow
from saas.tenants.permissions import Permission

SHOWN = 200  # rows that a page tells of


def batch(batch_id: UUID) -> Batch:
    """A batch of the reader's own.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(Batch).where(Batch.id == batch_id, Batch.member_id == scope.me().id))


def lock(batch_id: UUID) -> Batch:
    """The batch as it is now, held until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    statement = select(Batch).where(Batch.id == batch_id).with_for_update()
    return the_one(statement.execution_options(populate_existing=True))


def rows(batch_id: UUID, outcome: Outcome, many: int, after: int = 0) -> list[BatchRow]:
    """The next rows that came out so, in their order."""
    mine = select(BatchRow).where(BatchRow.batch_id == batch_id, BatchRow.outcome == outcome, BatchRow.number > after)
    return list(db.session.scalars(mine.order_by(BatchRow.number).limit(many)))


def counts(batch_id: UUID) -> dict[Outcome, int]:
    """How many rows came out how."""
    counted = select(BatchRow.outcome, func.count()).where(BatchRow.batch_id == batch_id).group_by(BatchRow.outcome)
    return dict(db.session.execute(counted).all())


def told(batch_id: UUID) -> list[Any]:
    """(name, number, reason, id) of the first rows that were left, of the customers that are still here."""
    shown = select(Account.name, Account.number, BatchRow.reason, Account.id)
    mine = BatchRow.batch_id == batch_id, BatchRow.outcome.in_((Outcome.LEFT, Outcome.KEPT))
    joined = shown.join(BatchRow, BatchRow.account_id == Account.id).where(*mine)
    return list(db.session.execute(joined.order_by(BatchRow.number).limit(SHOWN)))


def count_within(batch_id: UUID, permission: Permission) -> int:
    """How many customers of a batch the reader may do this with."""
    mine = select(BatchRow.account_id).where(BatchRow.batch_id == batch_id)
    kept = Account.archived_at.is_(None), scope.visible(Account, permission)
    return db.session.scalar(select(func.count()).select_from(Account).where(Account.id.in_(mine), *kept)) or 0


def count_by_owner(batch_id: UUID) -> list[tuple[UUID | None, int]]:
    """(owner, how many) of the customers of a batch that the reader sees; None: in the pool."""
    mine = select(BatchRow.account_id).where(BatchRow.batch_id == batch_id)
    kept = Account.archived_at.is_(None), scope.visible(Account, Permission.ACCOUNT_VIEW)
    counted = select(Account.owner_id, func.count()).where(Account.id.in_(mine), *kept).group_by(Account.owner_id)
    return [(row[0], row[1]) for row in db.session.execute(counted)]


def outlines(batch_id: UUID, field: str | None) -> list[Any]:
    """What decides who gets each customer of a batch, and whether he has room: its number there, and of the customer
    id, owner_id, pool_id, standing, archived_at, and the column by which it is shared out."""
    names = ("id", "owner_id", "pool_id", "standing", "archived_at", *([field] if field else []))
    rows = select(BatchRow.number, *(getattr(Account, name) for name in names))
    joined = rows.join(Account, Account.id == BatchRow.account_id).where(BatchRow.batch_id == batch_id)
    return list(db.session.execute(joined.order_by(BatchRow.number)))


def book_of(owner_id: UUID) -> list[UUID]:
    """All customers that a member looks after, archived ones too, by number."""
    return list(db.session.scalars(select(Account.id).where(Account.owner_id == owner_id).order_by(Account.number)))


def named(batch_id: UUID) -> list[Any]:
    """(id, name, number) of the customers of a batch, in their order."""
    shown = select(Account.id, Account.name, Account.number).join(BatchRow, BatchRow.account_id == Account.id)
    return list(db.session.execute(shown.where(BatchRow.batch_id == batch_id).order_by(BatchRow.number)))


def count_by(batch_id: UUID, column: Any) -> list[tuple[Any, int]]:
    """(value, how many) of the customers of a batch, most first."""
    value = func.nullif(column, "")
    counted = select(value, func.count()).join(BatchRow, BatchRow.account_id == Account.id)
    counted = counted.where(BatchRow.batch_id == batch_id).group_by(value).order_by(func.count().desc(), value)
    return [(row[0], row[1]) for row in db.session.execute(counted)]


def left_with(batch_id: UUID, owner_id: UUID) -> bool:
    """True where a customer of a batch is still this member's: it couldn't go."""
    mine = select(BatchRow.account_id).where(BatchRow.batch_id == batch_id)
    found = select(Account.id).where(Account.id.in_(mine), Account.owner_id == owner_id).limit(1)
    return db.session.scalar(found) is not None


def first_name(batch_id: UUID, outcome: Outcome) -> str:
    """The name of the first customer of a batch that came out so; "" where none did."""
    rows = select(Account.name).join(BatchRow, BatchRow.account_id == Account.id)
    mine = rows.where(BatchRow.batch_id == batch_id, BatchRow.outcome == outcome)
    return db.session.scalar(mine.order_by(BatchRow.number).limit(1)) or ""


def held_by(batch_id: UUID, outcome: Outcome) -> dict[UUID, int]:
    """Who holds how many of the customers of a batch that came out so."""
    rows = select(Account.owner_id, func.count()).join(BatchRow, BatchRow.account_id == Account.id)
    mine = (BatchRow.batch_id == batch_id, BatchRow.outcome == outcome, Account.owner_id.is_not(None))
    found = db.session.execute(rows.where(*mine).group_by(Account.owner_id))
    return {owner_id: many for owner_id, many in found if owner_id is not None}


def befores(batch_id: UUID, account_ids: Collection[UUID]) -> dict[UUID, UndoRow]:
    """The before-images of these customers."""
    mine = select(UndoRow).where(UndoRow.batch_id == batch_id, UndoRow.subject_id.in_(account_ids))
    return {row.subject_id: row for row in db.session.scalars(mine)}
