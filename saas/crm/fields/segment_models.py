"""Segments: views of a list that were given a name."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.tenants.models import Member


class Audience(StrEnum):
    """Who finds a segment in his menu."""

    MINE = "mine"
    TEAM = "team"
    ALL = "all"


AUDIENCE_WORDS = {Audience.MINE: _l("Only me"), Audience.TEAM: _l("My team"), Audience.ALL: _l("Everyone")}


class Segment(Versioned, TenantModel):
    """One view of the list of customers: filters, columns and sort. It shows no more than its reader may see."""

    __tablename__ = "segment"
    __kept__ = True
    __table_args__ = (index("position", where="archived_at is null", name="ix_segment_by_position"),)

    name: Mapped[str]
    audience: Mapped[Audience] = mapped_column(default=Audience.MINE)
    owner_id: Mapped[UUID] = link("member", index=True)
    team_id: Mapped[UUID | None] = link("team", index=True)  # the owner's when it was shared with his team
    asked: Mapped[dict[str, Any]]  # the arguments of the list's address
    position: Mapped[int]  # in the menu, from 0
    archived_at: Mapped[datetime | None]

    owner: Mapped[Member] = linked("owner_id", lazy="joined", innerjoin=True)


class FirstSegment(TenantModel):
    """The segment with which a member's list opens."""

    __tablename__ = "first_segment"
    __kept__ = True
    __table_args__ = (unique("member_id"),)

    member_id: Mapped[UUID] = link("member", ondelete="CASCADE")
    segment_id: Mapped[UUID] = link("segment", index=True, ondelete="CASCADE")
