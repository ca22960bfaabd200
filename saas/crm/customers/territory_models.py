"""Territories: which customers belong together, and who sells there."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.tenants.models import Member


class Fresh(StrEnum):
    """What becomes of new customers of a territory that lie in the pool."""

    LEFT = "left"
    OFFERED = "offered"
    HANDED_OUT = "handed_out"


FRESH_WORDS = {
    Fresh.LEFT: _l("They lie in the pool"),
    Fresh.OFFERED: _l("Its members are told of them each morning"),
    Fresh.HANDED_OUT: _l("They go to whichever member holds fewest"),
}


class Territory(Versioned, TenantModel):
    """One territory: its rule, and its place among the others, of which the first that fits takes a customer."""

    __tablename__ = "territory"
    __kept__ = True
    __table_args__ = (index("position"),)

    name: Mapped[str]
    position: Mapped[int]  # from 0, top down
    manager_id: Mapped[UUID | None] = link("member", index=True)
    countries: Mapped[list[str]] = mapped_column(default=list)  # as they are typed; see `territories.Rule`
    regions: Mapped[list[str]] = mapped_column(default=list)
    postcodes: Mapped[list[str]] = mapped_column(default=list)
    industries: Mapped[list[str]] = mapped_column(default=list)
    employees_from: Mapped[int | None]
    employees_to: Mapped[int | None]
    fresh: Mapped[Fresh] = mapped_column(default=Fresh.LEFT)
    archived_at: Mapped[datetime | None]

    manager: Mapped[Member | None] = linked("manager_id")


class TerritoryMember(TenantModel):
    """Somebody who sells in a territory."""

    __tablename__ = "territory_member"
    __table_args__ = (unique("territory_id", "member_id"), index("member_id"))

    territory_id: Mapped[UUID] = link("territory", ondelete="CASCADE")
    member_id: Mapped[UUID] = link("member")

    member: Mapped[Member] = linked("member_id")
