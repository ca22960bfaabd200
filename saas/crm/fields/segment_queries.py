"""Reads of segments."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, func, or_, select

from saas.crm.fields.segment_models import Audience, FirstSegment, Segment
from saas.db import db
from saas.found import known
from saas.statements import Statement, among, written_once
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission

READER = bindparam("reader", type_=Uuid())


def _seen() -> ColumnElement[bool]:
    """What stands in the reader's menu."""
    shared = (Segment.audience == Audience.TEAM) & among(Segment.team_id, "teams")
    return or_(Segment.owner_id == READER, Segment.audience == Audience.ALL, shared)


@written_once
def _segments() -> Statement:
    is_first = FirstSegment.id.is_not(None).label("is_first")
    columns = (Segment.id, Segment.name, Segment.audience, Segment.owner_id, Segment.asked, is_first)
    first = (FirstSegment.segment_id == Segment.id) & (FirstSegment.member_id == READER)
    statement = select(*columns, Member.name.label("owner")).join(Member, Member.id == Segment.owner_id)
    statement = statement.outerjoin(FirstSegment, first).where(Segment.archived_at.is_(None), _seen())
    return statement.order_by(Segment.position, Segment.id)


def segments() -> list[Any]:
    """The segments in the reader's menu, in their order."""
    return list(_segments().rows(**_reader()))


def segment(segment_id: UUID) -> Segment:
    """A segment in the reader's menu, also one that was taken out.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    statement = select(Segment).where(Segment.id == segment_id, _seen())
    return known(db.session.scalars(statement, _reader()).one_or_none())


def may_change(one: Any) -> bool:
    """True where it is the reader's own, or he sets up the workspace."""
    return bool(one.owner_id == scope.me().id) or scope.may(Permission.WORKSPACE_SET)


def lock_all() -> list[Segment]:
    """Every segment in use in its order, held until the transaction ends."""
    statement = select(Segment).where(Segment.archived_at.is_(None)).order_by(Segment.position, Segment.id)
    return list(db.session.scalars(statement.with_for_update(of=Segment)).unique())


def first(member: Member) -> FirstSegment | None:
    """What a member's list opens with."""
    return db.session.scalars(select(FirstSegment).where(FirstSegment.member_id == member.id)).one_or_none()


def count_of(member: Member) -> int:
    """How many segments a member keeps."""
    statement = select(func.count()).select_from(Segment)
    return db.session.scalar(statement.where(Segment.owner_id == member.id, Segment.archived_at.is_(None))) or 0


def _reader() -> dict[str, Any]:
    me = scope.me()
    return {"reader": me.id, "teams": [*scope.who().team_ids, *([me.team_id] if me.team_id else [])]}
