"""Who stands between, and what is done together."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.customers.models import Account
from saas.crm.opportunities.models import Opportunity
from saas.db import TenantModel, Versioned, index, link, linked
from saas.tenants.models import Member


class RelationKind(StrEnum):
    """What another company is to a customer."""

    INTRODUCED_BY = "introduced_by"
    BUYS_THROUGH = "buys_through"
    SUPPLIED_BY = "supplied_by"
    PARTNER = "partner"
    COMPETITOR = "competitor"


KIND_WORDS = {
    RelationKind.INTRODUCED_BY: _l("Introduced by"),
    RelationKind.BUYS_THROUGH: _l("Buys through"),
    RelationKind.SUPPLIED_BY: _l("Supplied by"),
    RelationKind.PARTNER: lazy_pgettext("relation", "Works with"),
    RelationKind.COMPETITOR: _l("Competes with"),
}
BACK_WORDS = {
    RelationKind.INTRODUCED_BY: _l("Introduced to us"),
    RelationKind.BUYS_THROUGH: _l("Sells our things to"),
    RelationKind.SUPPLIED_BY: _l("Supplies"),
    RelationKind.PARTNER: lazy_pgettext("relation", "Works with"),
    RelationKind.COMPETITOR: _l("Competes with"),
}
"""The same, read from the other company's side."""


class Relation(TenantModel):
    """What one company is to another; the other is a customer of ours, or known by name only."""

    __tablename__ = "relation"
    __table_args__ = (index("account_id", "id"), index("other_id", "id", where="other_id is not null"))

    account_id: Mapped[UUID] = link("account")
    kind: Mapped[RelationKind]
    other_id: Mapped[UUID | None] = link("account")
    other_name: Mapped[str | None]  # where it is no customer of ours
    since: Mapped[date | None]
    until: Mapped[date | None]
    note: Mapped[str | None]

    account: Mapped[Account] = linked("account_id")
    other: Mapped[Account | None] = linked("other_id")

    @property
    def name(self) -> str:
        """What the other company is called."""
        return self.other.name if self.other else self.other_name or ""


class CooperationKind(StrEnum):
    """In what one works together."""

    PROJECT = "project"
    DISTRIBUTION = "distribution"
    MARKETING = "marketing"
    DEVELOPMENT = "development"
    SERVICE = "service"
    OTHER = "other"


class CooperationState(StrEnum):
    """How far it is."""

    PLANNED = "planned"
    RUNNING = "running"
    ENDED = "ended"
    BROKEN_OFF = "broken_off"


COOPERATION_WORDS = {
    CooperationKind.PROJECT: _l("Joint project"),
    CooperationKind.DISTRIBUTION: _l("Distribution"),
    CooperationKind.MARKETING: _l("Joint marketing"),
    CooperationKind.DEVELOPMENT: _l("Joint development"),
    CooperationKind.SERVICE: _l("Service and training"),
    CooperationKind.OTHER: lazy_pgettext("cooperation", "Something else"),
}
STATE_WORDS = {
    CooperationState.PLANNED: lazy_pgettext("cooperation", "Planned"),
    CooperationState.RUNNING: _l("Running"),
    CooperationState.ENDED: lazy_pgettext("cooperation", "Ended"),
    CooperationState.BROKEN_OFF: _l("Broken off"),
}
STATE_LOOKS = {
    CooperationState.PLANNED: "waiting",
    CooperationState.RUNNING: "good",
    CooperationState.ENDED: "neutral",
    CooperationState.BROKEN_OFF: "wrong",
}


class Cooperation(Versioned, TenantModel):
    """Something done together with a customer or a partner, and what came of it."""

    __tablename__ = "cooperation"
    __table_args__ = (
        index("subject", "id", name="ix_cooperation_by_subject"),
        index("created_at", "id", name="ix_cooperation_by_created"),
        index("state", "created_at", "id", name="ix_cooperation_by_state"),
        index("owner_id", "created_at", "id", name="ix_cooperation_by_owner"),
        index("account_id", "id", name="ix_cooperation_by_account"),
    )

    subject: Mapped[str]  # a few words
    kind: Mapped[CooperationKind]
    state: Mapped[CooperationState] = mapped_column(default=CooperationState.PLANNED)
    account_id: Mapped[UUID] = link("account")  # with whom
    opportunity_id: Mapped[UUID | None] = link("opportunity", index=True)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    remarks: Mapped[str | None]
    result: Mapped[str | None]
    owner_id: Mapped[UUID | None] = link("member")
    team_id: Mapped[UUID | None] = link("team", index=True)  # the owner's, kept for reach

    account: Mapped[Account] = linked("account_id", lazy="select")
    opportunity: Mapped[Opportunity | None] = linked("opportunity_id", lazy="select")
    owner: Mapped[Member | None] = linked("owner_id", lazy="select")
