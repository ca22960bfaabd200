"""Contracts, their lines and milestones."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import func, text
from sqlalchemy.orm import Mapped, mapped_column

from saas.archive import Archivable
from saas.crm.opportunities.models import Opportunity
from saas.crm.papers.models import AMOUNT, Line, Paper
from saas.crm.quotes.models import Quote
from saas.db import TenantModel, index, link, linked, unique

ACTIVE = "archived_at is null"


class ContractState(StrEnum):
    """Where a contract stands."""

    DRAFT = "draft"
    SIGNED = "signed"  # it begins later
    ACTIVE = "active"
    EXPIRED = "expired"  # its last day has passed
    ENDED = "ended"  # it was ended before, with a reason


STATE_WORDS = {
    ContractState.DRAFT: lazy_pgettext("contract", "Draft"),
    ContractState.SIGNED: lazy_pgettext("contract", "Signed"),
    ContractState.ACTIVE: lazy_pgettext("contract", "Running"),
    ContractState.EXPIRED: lazy_pgettext("contract", "Expired"),
    ContractState.ENDED: lazy_pgettext("contract", "Ended"),
}
STATE_LOOKS = {
    ContractState.DRAFT: "neutral",
    ContractState.SIGNED: "sea",
    ContractState.ACTIVE: "good",
    ContractState.EXPIRED: "waiting",
    ContractState.ENDED: "neutral",
}
STATE_ICONS = {
    ContractState.DRAFT: "pencil",
    ContractState.SIGNED: "writing-sign",
    ContractState.ACTIVE: "circle-check",
    ContractState.EXPIRED: "clock",
    ContractState.ENDED: "circle-x",
}
RUNNING = (ContractState.SIGNED, ContractState.ACTIVE)  # it holds, or will


class Every(StrEnum):
    """For what its total is paid."""

    ONCE = "once"
    MONTH = "month"
    YEAR = "year"


EVERY_WORDS = {Every.ONCE: _l("Once"), Every.MONTH: _l("Per month"), Every.YEAR: _l("Per year")}


class Contract(Paper, Archivable, TenantModel):
    """What was agreed with a customer, from a day on, until a day or until one of the two gives notice."""

    __tablename__ = "contract"
    __table_args__ = (
        unique("number"),
        unique("quote_id", where="quote_id is not null"),
        unique("renews_id", where="renews_id is not null"),
        index("created_at", "id", where=ACTIVE, name="ix_contract_by_created"),
        index("number", "id", where=ACTIVE, name="ix_contract_by_number"),
        index("gross", "id", where=ACTIVE, name="ix_contract_by_gross"),
        index(text("coalesce(ends_on, '9999-12-31'::date)"), "id", where=ACTIVE, name="ix_contract_by_end"),
        index("owner_id", "created_at", "id", where=ACTIVE, name="ix_contract_by_owner"),
        index("account_id", "created_at", name="ix_contract_by_account"),
        index("opportunity_id", where="opportunity_id is not null", name="ix_contract_by_opportunity"),
        index("contact_id", where="contact_id is not null", name="ix_contract_by_contact"),
        index("team_id", name="ix_contract_by_team"),
        index("starts_on", where="state = 'signed'", name="ix_contract_to_begin"),
        index("ends_on", where="state in ('signed', 'active')", name="ix_contract_to_end"),
        index("remind_on", where="remind_on is not null", name="ix_contract_to_remind"),
    )

    opportunity_id: Mapped[UUID | None] = link("opportunity")
    quote_id: Mapped[UUID | None] = link("quote")  # the one that was accepted
    renews_id: Mapped[UUID | None] = link("contract")  # the one before, which it goes on from
    state: Mapped[ContractState] = mapped_column(default=ContractState.DRAFT)  # as of the last night or step
    starts_on: Mapped[date]  # its first day, on the workspace's calendar
    ends_on: Mapped[date | None]  # its last day; None: until notice is given
    notice_days: Mapped[int | None]  # between notice and end
    every: Mapped[Every] = mapped_column(default=Every.ONCE)  # for what its sums are paid
    terms: Mapped[str | None]  # what else was agreed; lines are kept
    signed_on: Mapped[date | None]
    signed_by: Mapped[str | None]  # who signed for the customer
    end_reason: Mapped[str | None]  # why it ends before its day; None: nobody ended it
    remind_days: Mapped[list[Any]] = mapped_column(default=list)  # days before its end, whole numbers, the most first
    remind_on: Mapped[date | None]  # the day of the next reminder
    tells_customer: Mapped[bool] = mapped_column(default=False)  # he is reminded too, by mail and in his portal

    opportunity: Mapped[Opportunity | None] = linked("opportunity_id")
    quote: Mapped[Quote | None] = linked("quote_id")

    @property
    def label(self) -> str:
        """What pages call it."""
        return self.number

    @property
    def is_draft(self) -> bool:
        """True while it may be changed."""
        return self.state is ContractState.DRAFT

    @property
    def is_running(self) -> bool:
        """True when it was signed and hasn't come to its end."""
        return self.state in RUNNING


class ContractLine(Line, TenantModel):
    """A line of a contract."""

    __tablename__ = "contract_line"
    __table_args__ = (
        index("contract_id", "position"),
        index("product_id", where="product_id is not null", name="ix_contract_line_product"),
    )

    contract_id: Mapped[UUID] = link("contract", ondelete="CASCADE")


class Milestone(TenantModel):
    """Something that is due under a contract."""

    __tablename__ = "contract_milestone"
    __table_args__ = (
        index("contract_id", "due_on"),
        index("due_on", where="done_at is null", name="ix_contract_milestone_due"),
    )

    contract_id: Mapped[UUID] = link("contract", ondelete="CASCADE")
    name: Mapped[str]
    due_on: Mapped[date]
    amount: Mapped[Decimal | None] = mapped_column(AMOUNT)  # in the contract's currency; None: none goes with it
    done_at: Mapped[datetime | None]

    contract: Mapped[Contract] = linked("contract_id")


LAST = func.coalesce(Contract.ends_on, text("'9999-12-31'::date"), type_=Contract.ends_on.type)
