"""Small tables that every capability of a workspace shares: files, numbers, settings, forms sent twice."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.tenants.models.people import Member, PortalUser


class File(TenantModel):
    """A file on a record. Its bytes lie in the store under the tenant and their SHA-256."""

    __tablename__ = "file"
    __table_args__ = (
        index("subject_kind", "subject_id"),
        index("sha256"),
        index("removed_at", where="removed_at is not null"),
    )

    subject_kind: Mapped[str]  # table of the record it hangs on
    subject_id: Mapped[UUID]
    name: Mapped[str]  # as the person called it
    size: Mapped[int]  # bytes
    sha256: Mapped[str]
    media_type: Mapped[str]  # sniffed, from the list of those allowed
    member_id: Mapped[UUID | None] = link("member")
    portal_user_id: Mapped[UUID | None] = link("portal_user")
    is_public: Mapped[bool] = mapped_column(default=False)  # shown in the portal to those who may see the record
    came_with_id: Mapped[UUID | None]  # the message it was sent along with; of the first one, the record itself
    removed_at: Mapped[datetime | None]  # taken off; kept for a few days, so that it can be put back

    member: Mapped[Member | None] = linked("member_id")
    portal_user: Mapped[PortalUser | None] = linked("portal_user_id")


class Counter(TenantModel):
    """The next number of one kind. Held only while a number is taken; gaps are allowed."""

    __tablename__ = "counter"
    __table_args__ = (unique("kind"),)

    kind: Mapped[str]  # "account.2026"
    next: Mapped[int] = mapped_column(default=1)


class Setting(Versioned, TenantModel):
    """One choice of the workspace, named `capability.name`; absent means the default in code."""

    __tablename__ = "setting"
    __kept__ = True
    __table_args__ = (unique("key"),)

    key: Mapped[str]
    value: Mapped[dict[str, Any]]


class Once(TenantModel):
    """A form that was sent: its key and where its answer led, so that sending it twice makes one record."""

    __tablename__ = "once"
    __table_args__ = (unique("key"), index("created_at"))

    key: Mapped[UUID]  # made with the form
    location: Mapped[str | None]  # where the browser was sent
