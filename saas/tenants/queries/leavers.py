"""Reads about members who have no place any more."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from saas.db import db
from saas.tenants.models import Event, Member


def removal(member_id: UUID) -> Event | None:
    """How a member lost his place, the last time: {moved: {kind of thing: count}, successor}; None: nobody wrote it
    down, as with an invitation that was taken back."""
    mine = (Event.subject_kind == Member.__tablename__, Event.subject_id == member_id, Event.name == "member.removed")
    return db.session.scalars(select(Event).where(*mine).order_by(Event.id.desc()).limit(1)).first()
