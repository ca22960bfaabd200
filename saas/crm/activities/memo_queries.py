"""Reads about memos: the reader's own and nobody else's."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, literal, select, tuple_

from saas.crm.activities.models import Memo
from saas.db import db
from saas.found import the_one
from saas.tenants import scope

SIZE = 30  # memos of the past on a page
MOST = 200  # that are current at once
MINE = (Memo.member_id == scope.READER, Memo.removed_at.is_(None))


def memo(memo_id: UUID) -> Memo:
    """A memo of the reader, also one that he took out.

    Raises:
        NotFound: he has no such one.
    """
    return the_one(select(Memo).where(Memo.id == memo_id, Memo.member_id == scope.READER))


def current(today: date, words: str = "") -> list[Memo]:
    """Those of today and later, the nearest first."""
    statement = select(Memo).where(*MINE, Memo.on >= today, *_holding(words)).order_by(Memo.on, Memo.id).limit(MOST)
    return list(db.session.scalars(statement))


def past(today: date, words: str = "", before: tuple[date, UUID] | None = None) -> tuple[list[Memo], Memo | None]:
    """Those of earlier days, the latest first, and the one to go on behind."""
    statement = select(Memo).where(*MINE, Memo.on < today, *_holding(words))
    if before is not None:
        statement = statement.where(tuple_(Memo.on, Memo.id) < tuple_(literal(before[0]), literal(before[1])))
    found = list(db.session.scalars(statement.order_by(Memo.on.desc(), Memo.id.desc()).limit(SIZE + 1)))
    return found[:SIZE], found[SIZE - 1] if len(found) > SIZE else None


def of_day(today: date) -> list[Memo]:
    """Those of one day."""
    statement = select(Memo).where(*MINE, Memo.on == today).order_by(Memo.id).limit(MOST)
    return list(db.session.scalars(statement))


def _holding(words: str) -> list[ColumnElement[bool]]:
    return [Memo.text.icontains(word, autoescape=True) for word in words.split()]
