"""Reads of score accounts."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from saas.crm.points.models import PointEntry
from saas.db import db
from saas.found import the_one

SIZE = 50  # lines of a page


def balance(account_id: UUID) -> int:
    """How many points a customer has."""
    summed = select(func.sum(PointEntry.points)).where(PointEntry.account_id == account_id)
    return int(db.session.scalar(summed) or 0)


def entries(account_id: UUID, *, before: UUID | None = None, many: int = SIZE) -> list[PointEntry]:
    """The lines of a customer's account, the newest first, each with who wrote it.

    Args:
        account_id: the customer.
        before: the last line of the page before.
        many: lines at most.
    """
    mine = select(PointEntry).where(PointEntry.account_id == account_id).options(joinedload(PointEntry.member))
    if before is not None:
        mine = mine.where(PointEntry.id < before)
    return list(db.session.scalars(mine.order_by(PointEntry.id.desc()).limit(many)))


def entry(entry_id: UUID) -> PointEntry:
    """A line.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(PointEntry).where(PointEntry.id == entry_id))


def undone(entry_ids: Collection[UUID]) -> set[UUID]:
    """Those of the lines that were taken back."""
    return set(db.session.scalars(select(PointEntry.undoes_id).where(PointEntry.undoes_id.in_(entry_ids))))
