"""Reads of segments."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, func, or_, select

from saas.crm.fields.segment_models import Audience, FirstSegment, Segment
from saas.db import db
from saas.found import known
from saas.kept import kept
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
    opens = select(func.array_agg(FirstSegment.member_id)).where(FirstSegment.segment_id == Segment.id)
    first_of = opens.correlate(Segment).scalar_subquery().label("first_of")
    columns = (Segment.id, Segment.name, Segment.audience, Segment.owner_id, Segment.team_id, Segment.asked, first_of)
    statement = select(*columns, Member.name.label("owner")).join(Member, Member.id == Segment.owner_id)
    return statement.where(Segment.archived_at.is_(None)).order_by(Segment.position, Segment.id)


@kept
def _all() -> list[Any]:
    return _segments().rows()


def segments() -> list[Any]:
    """The segments in the reader's menu, in their order."""
    reader = _reader()
    return [one for one in _all() if _is_seen(one, **reader)]


def is_first(one: Any) -> bool:
    """True where the reader's list opens with it."""
    return scope.me().id in (one.first_of or ())


def _is_seen(one: Any, reader: UUID, teams: list[UUID]) -> bool:
    """`_seen`, of a row that was read."""
    is_shared = one.audience is Audience.TEAM and one.team_id in teams
    return one.owner_id == reader or one.audience is Audience.ALL or is_shared


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
