"""Reads of new customers that lie free in a territory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from saas.crm.customers.models import Account
from saas.crm.customers.territory_models import Fresh, Territory
from saas.crm.pool.queries import IN_POOL
from saas.db import db

AT_ONCE = 200  # that one run hands out of each territory


def doing(fresh: Fresh) -> list[Territory]:
    """The territories that do this with their new customers."""
    statement = select(Territory).where(Territory.fresh == fresh, Territory.archived_at.is_(None))
    return list(db.session.scalars(statement.order_by(Territory.position, Territory.id)))


def fresh_ids(territory_id: UUID) -> list[UUID]:
    """The customers that lie free there and that nobody has had yet, the oldest first."""
    statement = select(Account.id).where(*_fresh(territory_id)).order_by(Account.created_at, Account.id)
    return list(db.session.scalars(statement.limit(AT_ONCE)))


def added(territory_id: UUID, since: datetime) -> tuple[int, str | None]:
    """How many of them were added since an instant, and one's name."""
    statement: Any = select(func.count(), func.min(Account.name))
    row: Sequence[Any] = db.session.execute(statement.where(*_fresh(territory_id), Account.created_at >= since)).one()
    return row[0], row[1]


def _fresh(territory_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (*IN_POOL, Account.territory_id == territory_id, Account.previous_owner_id.is_(None))
