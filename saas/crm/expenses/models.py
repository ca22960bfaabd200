"""Expenses, and the months of them that were printed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped, mapped_column

from saas.archive import Archivable
from saas.crm.activities.models import Activity
from saas.crm.customers.models import Account
from saas.crm.fields import queries as fields
from saas.crm.fields.models import Dictionary
from saas.crm.opportunities.models import Opportunity
from saas.crm.papers.models import AMOUNT, RATE
from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.tenants.models import Member

ACTIVE = "archived_at is null"


class ExpenseState(StrEnum):
    """Where an expense stands."""

    DRAFT = "draft"
    HANDED_IN = "handed_in"
    SENT_BACK = "sent_back"  # with a word on what is missing
    APPROVED = "approved"
    PAID = "paid"


STATE_WORDS = {
    ExpenseState.DRAFT: lazy_pgettext("expense", "Draft"),
    ExpenseState.HANDED_IN: lazy_pgettext("expense", "Handed in"),
    ExpenseState.SENT_BACK: lazy_pgettext("expense", "Sent back"),
    ExpenseState.APPROVED: lazy_pgettext("expense", "Approved"),
    ExpenseState.PAID: lazy_pgettext("expense", "Paid"),
}
STATE_LOOKS = {
    ExpenseState.DRAFT: "neutral",
    ExpenseState.HANDED_IN: "sea",
    ExpenseState.SENT_BACK: "wrong",
    ExpenseState.APPROVED: "good",
    ExpenseState.PAID: "neutral",
}
STATE_ICONS = {
    ExpenseState.DRAFT: "pencil",
    ExpenseState.HANDED_IN: "send",
    ExpenseState.SENT_BACK: "arrow-back-up",
    ExpenseState.APPROVED: "circle-check",
    ExpenseState.PAID: "cash",
}
OPEN = (ExpenseState.DRAFT, ExpenseState.SENT_BACK)  # whoever spent it may change it


class Expense(Versioned, Archivable, TenantModel):
    """What a member has spent. Its receipts are files on it."""

    __tablename__ = "expense"
    __table_args__ = (
        unique("number"),
        index("spent_on", "id", where=ACTIVE, name="ix_expense_by_day"),
        index("number", "id", where=ACTIVE, name="ix_expense_by_number"),
        index("amount", "id", where=ACTIVE, name="ix_expense_by_amount"),
        index("owner_id", "spent_on", "id", where=ACTIVE, name="ix_expense_by_owner"),
        index("team_id", name="ix_expense_by_team"),
        index("handed_at", "id", where="state = 'handed_in'", name="ix_expense_waiting"),
        index("account_id", "spent_on", where="account_id is not null", name="ix_expense_by_account"),
        index("activity_id", where="activity_id is not null", name="ix_expense_by_activity"),
        index("opportunity_id", where="opportunity_id is not null", name="ix_expense_by_opportunity"),
        index("decided_by_id", where="decided_by_id is not null", name="ix_expense_by_decider"),
    )

    number: Mapped[str]
    owner_id: Mapped[UUID] = link("member")  # who spent it
    team_id: Mapped[UUID | None] = link("team")  # the owner's, kept for reach
    spent_on: Mapped[date]  # on the workspace's calendar
    amount: Mapped[Decimal] = mapped_column(AMOUNT)
    currency: Mapped[str]  # ISO 4217
    rate: Mapped[Decimal | None] = mapped_column(
        RATE
    )  # of its day, one of `currency` in the workspace's; None: unknown
    rate_on: Mapped[date | None]  # the day the rate is of
    category: Mapped[str | None]  # word of Dictionary.EXPENSE
    note: Mapped[str | None]
    account_id: Mapped[UUID | None] = link("account")
    activity_id: Mapped[UUID | None] = link("activity")
    opportunity_id: Mapped[UUID | None] = link("opportunity")
    state: Mapped[ExpenseState] = mapped_column(default=ExpenseState.DRAFT)
    handed_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None] = link("member")
    decided_at: Mapped[datetime | None]
    answer: Mapped[str | None]  # what was said with it, as what is missing
    paid_on: Mapped[date | None]

    owner: Mapped[Member] = linked("owner_id")
    account: Mapped[Account | None] = linked("account_id")
    activity: Mapped[Activity | None] = linked("activity_id")
    opportunity: Mapped[Opportunity | None] = linked("opportunity_id")
    decided_by: Mapped[Member | None] = linked("decided_by_id")

    @property
    def is_open(self) -> bool:
        """True while whoever spent it may change it and hand it in."""
        return self.state in OPEN


fields.kept_in(Dictionary.EXPENSE, Expense.category)


class ExpenseSheet(Versioned, TenantModel):
    """What one member spent in a month, as it was printed."""

    __tablename__ = "expense_sheet"
    __table_args__ = (
        index("owner_id", "first_on", name="ix_expense_sheet_by_owner"),
        index("team_id", name="ix_expense_sheet_by_team"),
    )

    owner_id: Mapped[UUID] = link("member")
    team_id: Mapped[UUID | None] = link("team")
    language: Mapped[str]  # "en" or "zh"
    currency: Mapped[str]  # the workspace's
    first_on: Mapped[date]  # the first day of the month

    owner: Mapped[Member] = linked("owner_id")
    closing = None  # its last words are the letterhead's

    @property
    def number(self) -> str:
        """Of which month: a name for the file."""
        return f"expenses-{self.first_on:%Y-%m}"

    @property
    def name(self) -> str:
        """Whose it is."""
        return self.owner.name
