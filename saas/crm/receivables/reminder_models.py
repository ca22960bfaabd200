"""Reminders: letters that ask a customer for what is late, one for all of it, in steps."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.customers.models import Account, Contact
from saas.crm.papers.models import AMOUNT, PaperPrint
from saas.crm.receivables.models import Invoice
from saas.db import TenantModel, Versioned, index, link, linked


class PaymentReminder(Versioned, TenantModel):
    """A letter about everything that a customer is late with in one currency; it stays as it was written."""

    __tablename__ = "payment_reminder"
    __table_args__ = (
        index("account_id", "created_at", name="ix_payment_reminder_by_account"),
        index("owner_id", where="owner_id is not null", name="ix_payment_reminder_by_owner"),
        index("team_id", name="ix_payment_reminder_by_team"),
        index("contact_id", where="contact_id is not null", name="ix_payment_reminder_by_contact"),
        index("print_id", where="print_id is not null", name="ix_payment_reminder_print"),
    )

    account_id: Mapped[UUID] = link("account")
    contact_id: Mapped[UUID | None] = link("contact")  # to whom it is addressed
    owner_id: Mapped[UUID | None] = link("member")  # the customer's, kept for reach
    team_id: Mapped[UUID | None] = link("team")
    language: Mapped[str]  # "en" or "zh"
    currency: Mapped[str]  # ISO 4217
    step: Mapped[int]  # the highest that one of its invoices has come to, from 1
    issued_on: Mapped[date]
    pay_by: Mapped[date]
    owed: Mapped[Decimal] = mapped_column(AMOUNT)  # what its lines come to
    print_id: Mapped[UUID | None] = link("paper_print")
    sent_to: Mapped[str | None]  # mail address; None: it is to be printed
    sent_at: Mapped[datetime | None]

    account: Mapped[Account] = linked("account_id")
    contact: Mapped[Contact | None] = linked("contact_id")
    printed: Mapped[PaperPrint | None] = linked("print_id")
    closing = None  # its last words are the letterhead's

    @property
    def number(self) -> str:
        """Of whom, of which day, of which step: a name for the file."""
        return f"{self.account.number}-{self.issued_on:%Y-%m-%d}-{self.step}"

    @property
    def name(self) -> str:
        """Whom it is for."""
        return self.account.name

    label = number


class ReminderLine(TenantModel):
    """An invoice as it stood when a customer was reminded of it."""

    __tablename__ = "payment_reminder_line"
    __table_args__ = (
        index("reminder_id", "position"),
        index("invoice_id", "created_at", name="ix_payment_reminder_line_of"),
    )

    reminder_id: Mapped[UUID] = link("payment_reminder", ondelete="CASCADE")
    position: Mapped[int]
    invoice_id: Mapped[UUID] = link("invoice")
    step: Mapped[int]  # that it came to with this letter; 0: it is late, but no step of it was due
    owed: Mapped[Decimal] = mapped_column(AMOUNT)

    reminder: Mapped[PaymentReminder] = linked("reminder_id")
    invoice: Mapped[Invoice] = linked("invoice_id")
