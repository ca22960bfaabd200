"""Invoices and their lines, and how many days customers have to pay."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped, mapped_column

from saas.archive import Archivable
from saas.crm.customers.models import Account
from saas.crm.papers.models import AMOUNT, Line, Paper, PaperPrint
from saas.crm.papers.sums import TaxRule
from saas.crm.quotes.models import Quote
from saas.db import TenantModel, index, link, linked, unique

ACTIVE = "archived_at is null"
ISSUED = "issued_on is not null"


class Standing(StrEnum):
    """Where an invoice stands; found from its days and sums, kept nowhere."""

    DRAFT = "draft"
    OPEN = "open"
    PART = "part"  # some of it is paid or credited, and the rest isn't due yet
    OVERDUE = "overdue"
    PAID = "paid"  # nothing is owed on it any more
    CREDITED = "credited"  # nothing is owed on it, since all of it was credited


STANDING_WORDS = {
    Standing.DRAFT: lazy_pgettext("invoice", "Draft"),
    Standing.OPEN: lazy_pgettext("invoice", "Open"),
    Standing.PART: lazy_pgettext("invoice", "Partly paid"),
    Standing.OVERDUE: lazy_pgettext("invoice", "Overdue"),
    Standing.PAID: lazy_pgettext("invoice", "Paid"),
    Standing.CREDITED: lazy_pgettext("invoice", "Credited"),
}
STANDING_LOOKS = {
    Standing.DRAFT: "neutral",
    Standing.OPEN: "sea",
    Standing.PART: "sea",
    Standing.OVERDUE: "wrong",
    Standing.PAID: "good",
    Standing.CREDITED: "neutral",
}
STANDING_ICONS = {
    Standing.DRAFT: "pencil",
    Standing.OPEN: "clock",
    Standing.PART: "progress",
    Standing.OVERDUE: "alert-triangle",
    Standing.PAID: "circle-check",
    Standing.CREDITED: "receipt-refund",
}


class Invoice(Paper, Archivable, TenantModel):
    """A bill to a customer. A draft has no number (""); once issued, it never changes: what comes after are payments
    and credit notes.

    owed = gross − credited − paid at every moment; `settlement.settle` alone writes the three.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        unique("number", where="number <> ''", name="ux_invoice_number"),
        unique("quote_id", where=f"quote_id is not null and {ACTIVE}", name="ux_invoice_quote"),
        index("created_at", "id", where=ACTIVE, name="ix_invoice_by_created"),
        index("number", "id", where=ACTIVE, name="ix_invoice_by_number"),
        index("gross", "id", where=ACTIVE, name="ix_invoice_by_gross"),
        index("owed", "id", where=ACTIVE, name="ix_invoice_by_owed"),
        index("due_on", "id", where=ACTIVE, name="ix_invoice_by_due"),
        index("owner_id", "created_at", "id", where=ACTIVE, name="ix_invoice_by_owner"),
        index("account_id", "created_at", name="ix_invoice_by_account"),
        index("account_id", "due_on", where=f"{ISSUED} and owed <> 0", name="ix_invoice_owed"),
        index("contact_id", where="contact_id is not null", name="ix_invoice_by_contact"),
        index("team_id", name="ix_invoice_by_team"),
        index("quote_id", where="quote_id is not null", name="ix_invoice_by_quote"),
        index("print_id", where="print_id is not null", name="ix_invoice_print"),
    )

    quote_id: Mapped[UUID | None] = link("quote")  # the offer that was accepted
    days: Mapped[int]  # from its issue until it is due
    due_on: Mapped[date]  # of a draft: were it issued on the day it was written
    issued_on: Mapped[date | None]  # None: a draft
    delivered_on: Mapped[date | None]  # when the customer got what it is for
    rule: Mapped[TaxRule | None]  # how its tax was rounded when it was issued
    credited: Mapped[Decimal] = mapped_column(AMOUNT, default=Decimal(0))
    paid: Mapped[Decimal] = mapped_column(AMOUNT, default=Decimal(0))
    owed: Mapped[Decimal] = mapped_column(AMOUNT, default=Decimal(0))  # 0 of a draft
    sent_at: Mapped[datetime | None]
    sent_to: Mapped[str | None]  # mail address
    print_id: Mapped[UUID | None] = link("paper_print")  # the PDF as it was issued

    quote: Mapped[Quote | None] = linked("quote_id")
    printed: Mapped[PaperPrint | None] = linked("print_id")

    @property
    def label(self) -> str:
        """Its number; what it is about while it has none."""
        return self.number or self.name

    @property
    def is_draft(self) -> bool:
        """True while it may be changed."""
        return self.issued_on is None

    def standing(self, today: date) -> Standing:
        """Where it stands on a day of the workspace's calendar."""
        if self.is_draft:
            return Standing.DRAFT
        if self.owed <= 0:
            return Standing.CREDITED if self.gross and self.credited == self.gross else Standing.PAID
        if self.due_on < today:
            return Standing.OVERDUE
        return Standing.PART if self.owed < self.gross else Standing.OPEN


class InvoiceLine(Line, TenantModel):
    """A line of an invoice."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        index("invoice_id", "position"),
        index("product_id", where="product_id is not null", name="ix_invoice_line_product"),
    )

    invoice_id: Mapped[UUID] = link("invoice", ondelete="CASCADE")


class PaymentTerms(TenantModel):
    """How many days one customer has to pay, where it isn't as many as the workspace gives everybody."""

    __tablename__ = "payment_terms"
    __table_args__ = (unique("account_id"),)

    account_id: Mapped[UUID] = link("account", ondelete="CASCADE")
    days: Mapped[int]  # from the issue of an invoice

    account: Mapped[Account] = linked("account_id")
