"""The lines of customers' score accounts."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.crm.customers.models import Account
from saas.db import TenantModel, index, link, linked, unique
from saas.tenants.models import Member


class PointEntry(TenantModel):
    """Points that a customer was given, or that were taken; a line stays as it is, and is taken back by another."""

    __tablename__ = "point_entry"
    __table_args__ = (index("account_id", "id"), unique("undoes_id", where="undoes_id is not null"))

    account_id: Mapped[UUID] = link("account")
    member_id: Mapped[UUID] = link("member", index=True)  # who gave or took them
    points: Mapped[int]  # above 0: given, below: taken
    reason: Mapped[str]
    undoes_id: Mapped[UUID | None] = link("point_entry")  # the line that this one takes back

    account: Mapped[Account] = linked("account_id")
    member: Mapped[Member] = linked("member_id")
