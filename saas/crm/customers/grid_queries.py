"""Reads about customers and contacts that were typed at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from saas.db import db
from saas.tenants.models import Event, Member

MOST = 100  # rows of a grid


def added(model: Any, event: str, batch_id: UUID, *, by: Member, since: datetime) -> list[Any]:
    """What a member added under this id since then, in the order of its rows; none where it was more than a grid holds.

    Args:
        model: Account or Contact.
        event: what was said when one was added.
        batch_id: what the events of one grid share.
    """
    mine = (Event.batch_id == batch_id, Event.name == event, Event.actor_id == by.id, Event.created_at > since)
    found = select(model).join(Event, Event.subject_id == model.id).where(*mine).order_by(model.id).limit(MOST + 1)
    records = list(db.session.scalars(found).unique())
    return records if len(records) <= MOST else []


def having_gone_on(records: Sequence[Any], batch_id: UUID) -> set[UUID]:
    """Those of the records with which, or at which, something has happened beside what happened under this id."""
    ids = [one.id for one in records]
    other = or_(Event.batch_id.is_(None), Event.batch_id != batch_id)
    said = select(Event.subject_id, Event.account_id)
    itself = and_(Event.subject_kind == records[0].__tablename__, Event.subject_id.in_(ids))
    their = or_(Event.account_id.in_(ids), itself)
    return {one for row in db.session.execute(said.where(their, other)) for one in row} & set(ids)
