"""Merges: which record went into which, and how far that can be taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from saas.db import TenantModel, index, link, linked
from saas.tenants.models import Member

UNDO_FOR = timedelta(days=30)


class Merge(TenantModel):
    """One record that went into another of its kind."""

    __tablename__ = "merge"
    __table_args__ = (index("created_at", "id", name="ix_merge_by_created"), index("kind", "gone_id"))

    kind: Mapped[str]  # account, contact
    kept_id: Mapped[UUID]
    gone_id: Mapped[UUID]
    kept_name: Mapped[str]
    gone_name: Mapped[str]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # table → rows that moved
    left: Mapped[list[Any]] = mapped_column(default=list)  # what an undo left: {table, name, why}
    batch_id: Mapped[UUID]  # of its events and before-images
    member_id: Mapped[UUID | None] = link("member", index=True)
    undone_at: Mapped[datetime | None]

    member: Mapped[Member | None] = linked("member_id")

    def can_be_undone(self, now: datetime) -> bool:
        """True while its before-images are kept."""
        return self.undone_at is None and now - self.created_at < UNDO_FOR
