"""Where else a member is told: his places in chat and SMS services."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from saas.chat import Why
from saas.db import TenantModel, index, link


class ChatAddress(TenantModel):
    """One place of a member's in a service."""

    __tablename__ = "chat_address"
    __table_args__ = (index("member_id"),)

    member_id: Mapped[UUID] = link("member", ondelete="CASCADE")
    service: Mapped[str]  # one of saas.chat_services.SERVICES
    name: Mapped[str]  # what he calls it
    given_sealed: Mapped[bytes]  # what he typed for the service; holds its secret
    sent_at: Mapped[datetime | None]  # when something last arrived there
    failure: Mapped[Why | None]  # why the last message didn't; where it was refused, no more are sent
    failing_since: Mapped[datetime | None]
