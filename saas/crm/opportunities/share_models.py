"""Who else sells a deal."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.crm.opportunities.models import Opportunity
from saas.db import TenantModel, index, link, linked, unique
from saas.tenants.models import Member

WHOLE = Decimal(100)  # %


class DealShare(TenantModel):
    """One colleague's share in a deal; what all of them leave is its owner's."""

    __tablename__ = "deal_share"
    __table_args__ = (unique("opportunity_id", "owner_id"), index("owner_id", "opportunity_id"))

    opportunity_id: Mapped[UUID] = link("opportunity", ondelete="CASCADE")
    owner_id: Mapped[UUID] = link("member")  # whose share it is
    team_id: Mapped[UUID | None] = link("team", index=True)  # his, kept for reach
    percent: Mapped[Decimal]  # above 0; those of a deal come to 100 at most

    opportunity: Mapped[Opportunity] = linked("opportunity_id")
    owner: Mapped[Member] = linked("owner_id")
