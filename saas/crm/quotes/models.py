"""Quotes and their lines."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped, mapped_column

from saas.archive import Archivable
from saas.crm.opportunities.models import Opportunity
from saas.crm.papers.models import PERCENT, Line, Paper, PaperPrint
from saas.db import TenantModel, index, link, linked, unique
from saas.tenants.models import Member

ACTIVE = "archived_at is null"
HOLDS_FOR = 30  # days a new quote is good for, unless somebody says otherwise


class QuoteState(StrEnum):
    """Where a quote stands."""

    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"  # its last day passed without an answer
    REPLACED = "replaced"  # by a later version of it
    WITHDRAWN = "withdrawn"  # by us, before the customer answered


STATE_WORDS = {
    QuoteState.DRAFT: lazy_pgettext("quote", "Draft"),
    QuoteState.SENT: lazy_pgettext("quote", "Sent"),
    QuoteState.ACCEPTED: lazy_pgettext("quote", "Accepted"),
    QuoteState.DECLINED: lazy_pgettext("quote", "Declined"),
    QuoteState.EXPIRED: lazy_pgettext("quote", "Expired"),
    QuoteState.REPLACED: lazy_pgettext("quote", "Replaced"),
    QuoteState.WITHDRAWN: lazy_pgettext("quote", "Withdrawn"),
}
STATE_LOOKS = {
    QuoteState.DRAFT: "neutral",
    QuoteState.SENT: "sea",
    QuoteState.ACCEPTED: "good",
    QuoteState.DECLINED: "wrong",
    QuoteState.EXPIRED: "waiting",
    QuoteState.REPLACED: "neutral",
    QuoteState.WITHDRAWN: "neutral",
}
STATE_ICONS = {
    QuoteState.DRAFT: "pencil",
    QuoteState.SENT: "send",
    QuoteState.ACCEPTED: "circle-check",
    QuoteState.DECLINED: "circle-x",
    QuoteState.EXPIRED: "clock",
    QuoteState.REPLACED: "versions",
    QuoteState.WITHDRAWN: "arrow-back-up",
}


class Approval(StrEnum):
    """Whether somebody lets a discount pass that its writer may not give by himself."""

    ASKED = "asked"
    GIVEN = "given"
    REFUSED = "refused"


class Quote(Paper, Archivable, TenantModel):
    """An offer with an end date. Each version is a row of its own: what went out is never changed."""

    __tablename__ = "quote"
    __table_args__ = (
        unique("number", "edition"),
        unique("link_hash", where="link_hash is not null"),
        index("created_at", "id", where=ACTIVE, name="ix_quote_by_created"),
        index("number", "id", where=ACTIVE, name="ix_quote_by_number"),
        index("gross", "id", where=ACTIVE, name="ix_quote_by_gross"),
        index("valid_until", "id", where=ACTIVE, name="ix_quote_by_valid"),
        index("owner_id", "created_at", "id", where=ACTIVE, name="ix_quote_by_owner"),
        index("account_id", "created_at", name="ix_quote_by_account"),
        index("opportunity_id", where="opportunity_id is not null", name="ix_quote_by_opportunity"),
        index("valid_until", where="state = 'sent'", name="ix_quote_waiting"),
        index("contact_id", where="contact_id is not null", name="ix_quote_by_contact"),
        index("team_id", name="ix_quote_by_team"),
        index("approver_id", where="approver_id is not null", name="ix_quote_by_approver"),
        index("replaces_id", where="replaces_id is not null", name="ix_quote_replaces"),
        index("print_id", where="print_id is not null", name="ix_quote_print"),
    )

    opportunity_id: Mapped[UUID | None] = link("opportunity")
    edition: Mapped[int] = mapped_column(default=1)  # from 1; people read it as "version"
    replaces_id: Mapped[UUID | None] = link("quote")  # the version before
    state: Mapped[QuoteState] = mapped_column(default=QuoteState.DRAFT)
    valid_until: Mapped[date]  # its last day, on the workspace's calendar
    approval: Mapped[Approval | None]  # None: nobody asked, or it was changed since
    approver_id: Mapped[UUID | None] = link("member")  # who is asked, or has decided
    approved_off: Mapped[Decimal | None] = mapped_column(PERCENT)  # the most off that was let pass
    sent_at: Mapped[datetime | None]
    sent_to: Mapped[str | None]  # mail address
    link_hash: Mapped[bytes | None]  # of the secret under which the customer reads and answers it
    print_id: Mapped[UUID | None] = link("paper_print")  # the PDF that went out
    seen_at: Mapped[datetime | None]  # when the customer first opened it
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]  # the name that was typed
    answer: Mapped[str | None]  # what he wrote with it, or why it was declined
    document: Mapped[str | None]  # SHA-256 of the PDF that was accepted

    opportunity: Mapped[Opportunity | None] = linked("opportunity_id")
    approver: Mapped[Member | None] = linked("approver_id")
    printed: Mapped[PaperPrint | None] = linked("print_id")

    @property
    def label(self) -> str:
        """Its number, with its version where there is more than one."""
        return self.number if self.edition == 1 else f"{self.number}/{self.edition}"

    @property
    def is_draft(self) -> bool:
        """True while it may be changed."""
        return self.state is QuoteState.DRAFT

    def is_good(self, today: date) -> bool:
        """True while the customer may answer it."""
        return self.state is QuoteState.SENT and today <= self.valid_until


class QuoteLine(Line, TenantModel):
    """A line of a quote."""

    __tablename__ = "quote_line"
    __table_args__ = (
        index("quote_id", "position"),
        index("product_id", where="product_id is not null", name="ix_quote_line_product"),
    )

    quote_id: Mapped[UUID] = link("quote", ondelete="CASCADE")
