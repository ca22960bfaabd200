"""Who else wants to make a sale: the competitors that a workspace knows, and those that stand against a deal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped, mapped_column

from saas.archive import Archivable
from saas.crm.customers.models import Account
from saas.crm.opportunities.models import ACTIVE, Opportunity
from saas.db import TenantModel, Versioned, index, link, linked, unique


class Footing(StrEnum):
    """How a competitor stands with the customer, as we see it."""

    LEADING = "leading"
    LEVEL = "level"
    BEHIND = "behind"
    UNKNOWN = "unknown"


FOOTING_WORDS = {
    Footing.LEADING: lazy_pgettext("rival", "Ahead of us"),
    Footing.LEVEL: lazy_pgettext("rival", "Level with us"),
    Footing.BEHIND: lazy_pgettext("rival", "Behind us"),
    Footing.UNKNOWN: _l("Not known"),
}
FOOTING_LOOKS = {
    Footing.LEADING: "wrong",
    Footing.LEVEL: "waiting",
    Footing.BEHIND: "good",
    Footing.UNKNOWN: "neutral",
}


class Rival(Archivable, Versioned, TenantModel):
    """A company that offers what we offer; "competitor" on screens."""

    __tablename__ = "rival"
    __table_args__ = (
        unique("name_key", where=ACTIVE),
        index("name_key", "id", where=ACTIVE, name="ix_rival_by_name"),
        index("created_at", "id", where=ACTIVE, name="ix_rival_by_created"),
    )

    name: Mapped[str]
    name_key: Mapped[str]  # folded
    website: Mapped[str | None]
    strengths: Mapped[str | None]
    weaknesses: Mapped[str | None]
    remarks: Mapped[str | None]
    account_id: Mapped[UUID | None] = link("account", index=True)  # where it is a customer of ours as well

    account: Mapped[Account | None] = linked("account_id", lazy="select")


class DealRival(Versioned, TenantModel):
    """A competitor that stands against a deal."""

    __tablename__ = "deal_rival"
    __table_args__ = (unique("opportunity_id", "rival_id"),)

    opportunity_id: Mapped[UUID] = link("opportunity", ondelete="CASCADE")
    rival_id: Mapped[UUID] = link("rival", index=True)
    standing: Mapped[Footing] = mapped_column(default=Footing.UNKNOWN)
    price: Mapped[Decimal | None]  # what it asks, in the deal's currency
    strengths: Mapped[str | None]  # what speaks for it here
    said_on: Mapped[date]  # when this was last said
    has_won: Mapped[bool] = mapped_column(default=False)  # the deal was lost, and lost to it

    opportunity: Mapped[Opportunity] = linked("opportunity_id", lazy="select")
    rival: Mapped[Rival] = linked("rival_id", lazy="joined", innerjoin=True)
