"""What was said of months to come: by people, and by what their deals showed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped

from saas.db import TenantModel, index, link, linked, unique
from saas.tenants.models import Member

NOBODY = "coalesce(owner_id, '00000000-0000-0000-0000-000000000000'::uuid)"


class Call(TenantModel):
    """The number that somebody states for a month; the last one of each counts, all are kept."""

    __tablename__ = "forecast_call"
    __table_args__ = (index("month", "owner_id", "id"), index("owner_id", "month", name="ix_forecast_call_by_owner"))

    owner_id: Mapped[UUID] = link("member")  # whose month it is
    team_id: Mapped[UUID | None] = link("team", index=True)  # the owner's then, kept for reach
    month: Mapped[date]  # its first day
    amount: Mapped[Decimal]
    currency: Mapped[str]  # the workspace's then, ISO 4217
    reason: Mapped[str | None]  # of one who adjusts a colleague's number he always says why
    said_by_id: Mapped[UUID] = link("member", index=True)

    owner: Mapped[Member] = linked("owner_id")
    said_by: Mapped[Member] = linked("said_by_id")

    @property
    def is_own(self) -> bool:
        """True when it is what the owner says himself."""
        return self.said_by_id == self.owner_id


class ForecastLine(TenantModel):
    """What the deals of one person showed for a month on one day. Written by the clock, never changed."""

    __tablename__ = "forecast_line"
    __table_args__ = (
        unique("taken_on", "month", "currency", text(NOBODY), name="uq_forecast_line"),
        index("month", "taken_on", name="ix_forecast_line_by_month"),
        index("owner_id", "month", name="ix_forecast_line_by_owner"),
    )

    taken_on: Mapped[date]  # the workspace's day
    month: Mapped[date]  # the month that it is about: its first day
    owner_id: Mapped[UUID | None] = link("member")
    team_id: Mapped[UUID | None] = link("team", index=True)
    currency: Mapped[str]
    deals: Mapped[int]  # open ones that were expected in the month
    weighted: Mapped[Decimal]
    commit: Mapped[Decimal]
    best: Mapped[Decimal]
    won: Mapped[Decimal]  # in the month, up to that day
    rate: Mapped[Decimal]  # what is still to come at the usual pace
    call: Mapped[Decimal | None]  # the owner's own number
    adjusted: Mapped[Decimal | None]  # what somebody above him made of it
