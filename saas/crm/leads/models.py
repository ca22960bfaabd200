"""Leads, and by what the same one is known again."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.customers.models import Account
from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.tenants.models import Member


class LeadState(StrEnum):
    """How far a lead is; one that is qualified waits to become a customer."""

    NEW = "new"
    WORKING = "working"
    QUALIFIED = "qualified"
    LOST = "lost"


STATE_WORDS = {
    LeadState.NEW: lazy_pgettext("lead", "New"),
    LeadState.WORKING: _l("Being worked on"),
    LeadState.QUALIFIED: _l("Qualified"),
    LeadState.LOST: lazy_pgettext("lead", "Lost"),
}
STATE_LOOKS = {
    LeadState.NEW: "sea",
    LeadState.WORKING: "waiting",
    LeadState.QUALIFIED: "good",
    LeadState.LOST: "neutral",
}


class Lead(Versioned, TenantModel):
    """Somebody who may become a customer."""

    __tablename__ = "lead"
    __table_args__ = (
        unique("number"),
        index("name_key", "id", name="ix_lead_by_name"),
        index("number", "id", name="ix_lead_by_number"),
        index("created_at", "id", name="ix_lead_by_created"),
        index("state", "created_at", "id", name="ix_lead_by_state"),
        index("owner_id", "created_at", "id", name="ix_lead_by_owner"),
        index("partner_id", "id", where="partner_id is not null", name="ix_lead_by_partner"),
        index("company_key", where="company_key is not null", name="ix_lead_by_company"),
        index("phone_key", where="phone_key is not null", name="ix_lead_by_phone"),
        index("mail_key", where="mail_key is not null", name="ix_lead_by_mail"),
    )

    number: Mapped[str]  # "L-2026-00042", by the workspace's rule
    name: Mapped[str]  # of the person, or of the company where nobody is known there
    name_key: Mapped[str]  # folded
    company: Mapped[str | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    source: Mapped[str | None]  # how he came to us
    remarks: Mapped[str | None]
    state: Mapped[LeadState] = mapped_column(default=LeadState.NEW)
    state_since: Mapped[datetime]
    lost_reason: Mapped[str | None]
    owner_id: Mapped[UUID | None] = link("member")
    team_id: Mapped[UUID | None] = link("team", index=True)  # the owner's, kept for reach
    partner_id: Mapped[UUID | None] = link("account")  # the partner company it is given to; it sees the lead
    given_at: Mapped[datetime | None]  # when the partner got it, or registered it
    protected_until: Mapped[datetime | None]  # no other partner may register the same before; None: not registered
    company_key: Mapped[str | None]  # the three by which the same one is known again; see `likeness.py`
    phone_key: Mapped[str | None]
    mail_key: Mapped[str | None]

    owner: Mapped[Member | None] = linked("owner_id")
    partner: Mapped[Account | None] = linked("partner_id", lazy="select")

    @property
    def is_lost(self) -> bool:
        """True when nobody pursues it any more."""
        return self.state is LeadState.LOST
