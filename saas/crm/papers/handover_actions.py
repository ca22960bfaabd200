"""Giving the papers of somebody who leaves to another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from saas.crm.papers.kinds import Kind
from saas.db import db, new_id
from saas.tenants import events, handover
from saas.tenants.handover import ALL, Holding, Part
from saas.tenants.models import Member
from saas.tenants.scope import Actor


def register(kind: Kind[Any, Any], event: str, under_way: ColumnElement[bool], words: Callable[[int], str]) -> None:
    """Let members hand over the papers of a kind of which something is still to be done.

    Args:
        event: recorded of each that is given.
        under_way: the condition of those that are handed over.
        words: how many of them, as a person says it.
    """
    model = kind.model

    def held_by(member_id: UUID) -> tuple[ColumnElement[bool], ...]:
        return model.owner_id == member_id, model.archived_at.is_(None), under_way

    def count(member_id: UUID) -> int:
        return db.session.scalar(select(func.count()).select_from(model).where(*held_by(member_id))) or 0

    def hand_over(
        leaver_id: UUID, heir: Member, by: Actor, batch_id: UUID | None = None, part: Part = ALL
    ) -> list[UUID]:
        mine = select(model).where(*held_by(leaver_id), *part.of(model)).order_by(model.id)
        rows = []
        for paper in db.session.scalars(mine.options(joinedload(model.owner))):
            changed = {"number": paper.label, "owner": [paper.owner.name if paper.owner else None, heir.name]}
            paper.owner, paper.owner_id, paper.team_id = heir, heir.id, heir.team_id
            rows.append((paper, changed | {"owner_id": heir.id}))
        if rows:
            events.record_many(event, rows, by=by, batch_id=batch_id or new_id())
        return [paper.id for paper, _changed in rows]

    handover.register(Holding(f"{kind.table}.owner_id", words=words, count=count, pass_on=hand_over))
