"""Invoices, credit notes and payments, and how many days customers have to pay."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped, mapped_column

from saas.archive import Archivable
from saas.crm.contracts.models import Contract
from saas.crm.customers.models import Account
from saas.crm.orders.models import Order
from saas.crm.papers.models import AMOUNT, Line, Paper, PaperPrint
from saas.crm.papers.sums import TaxRule
from saas.crm.quotes.models import Quote
from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.tenants.models import Member

ACTIVE = "archived_at is null"
ISSUED = "issued_on is not null"
TO_REMIND = f"{ISSUED} and owed > 0 and disputed_at is null and {ACTIVE}"


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

    owed = gross − credited − paid at every moment; `settlement_actions.settle` alone writes the three.
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
        index("due_on", "account_id", where=TO_REMIND, name="ix_invoice_to_remind"),
        index("contact_id", where="contact_id is not null", name="ix_invoice_by_contact"),
        index("team_id", name="ix_invoice_by_team"),
        unique("contract_id", "period_from", where=f"contract_id is not null and {ACTIVE}", name="ux_invoice_period"),
        index("quote_id", where="quote_id is not null", name="ix_invoice_by_quote"),
        index("order_id", where="order_id is not null", name="ix_invoice_by_order"),
        index("contract_id", where="contract_id is not null", name="ix_invoice_by_contract"),
        index("print_id", where="print_id is not null", name="ix_invoice_print"),
    )

    quote_id: Mapped[UUID | None] = link("quote")  # the offer that was accepted
    order_id: Mapped[UUID | None] = link("sales_order")  # of which it bills what was delivered
    contract_id: Mapped[UUID | None] = link("contract")  # of which it bills a period
    period_from: Mapped[date | None]  # first and last day of that period
    period_until: Mapped[date | None]
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
    reminded: Mapped[int] = mapped_column(default=0)  # how many steps of reminders it has been through
    reminded_until: Mapped[date | None]  # the day by which the last reminder asked for it
    disputed_at: Mapped[
        datetime | None
    ]  # the customer says it isn't right; it is not reminded of until that is settled
    disputed_why: Mapped[str | None]

    quote: Mapped[Quote | None] = linked("quote_id")
    order: Mapped[Order | None] = linked("order_id")
    contract: Mapped[Contract | None] = linked("contract_id")
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
    order_line_id: Mapped[UUID | None]  # what it bills of an order; gone where that line was taken off it since


class PaymentTerms(TenantModel):
    """How many days one customer has to pay, where it isn't as many as the workspace gives everybody."""

    __tablename__ = "payment_terms"
    __table_args__ = (unique("account_id"),)

    account_id: Mapped[UUID] = link("account", ondelete="CASCADE")
    days: Mapped[int]  # from the issue of an invoice

    account: Mapped[Account] = linked("account_id")


class CreditNote(Paper, TenantModel):
    """What is taken back of an issued invoice; issued as it is written, and never changed."""

    __tablename__ = "credit_note"
    __table_args__ = (
        unique("number"),
        unique("invoice_id", "turn"),
        index("account_id", "created_at", name="ix_credit_note_by_account"),
        index("contact_id", where="contact_id is not null", name="ix_credit_note_by_contact"),
        index("owner_id", where="owner_id is not null", name="ix_credit_note_by_owner"),
        index("team_id", name="ix_credit_note_by_team"),
        index("print_id", where="print_id is not null", name="ix_credit_note_print"),
    )

    invoice_id: Mapped[UUID] = link("invoice")
    turn: Mapped[int]  # the how many'th of its invoice, from 1
    issued_on: Mapped[date]
    rule: Mapped[TaxRule]  # the invoice's
    reason: Mapped[str]
    print_id: Mapped[UUID | None] = link("paper_print")
    sent_at: Mapped[datetime | None]
    sent_to: Mapped[str | None]  # mail address

    invoice: Mapped[Invoice] = linked("invoice_id")

    @property
    def label(self) -> str:
        """Its number."""
        return self.number


class CreditLine(Line, TenantModel):
    """What a credit note takes back of one line of its invoice."""

    __tablename__ = "credit_line"
    __table_args__ = (
        index("credit_note_id", "position"),
        index("invoice_line_id", name="ix_credit_line_of"),
        index("product_id", where="product_id is not null", name="ix_credit_line_product"),
    )

    credit_note_id: Mapped[UUID] = link("credit_note", ondelete="CASCADE")
    invoice_line_id: Mapped[UUID] = link("invoice_line")


class Payment(TenantModel):
    """Money that came from a customer. A wrong one is never deleted: its counter-entry takes it back.

    amount = what its shares come to + free, at every moment.
    """

    __tablename__ = "payment"
    __table_args__ = (
        unique("reverses_id", where="reverses_id is not null", name="ux_payment_reverses"),
        index("paid_on", "id", name="ix_payment_by_day"),
        index("account_id", "paid_on", name="ix_payment_by_account"),
        index("account_id", where="free <> 0", name="ix_payment_free"),
        index("member_id", name="ix_payment_by_member"),
    )

    account_id: Mapped[UUID] = link("account")
    paid_on: Mapped[date]  # when it came, on the workspace's calendar
    currency: Mapped[str]  # ISO 4217
    amount: Mapped[Decimal] = mapped_column(AMOUNT)  # below 0 of a counter-entry
    free: Mapped[Decimal] = mapped_column(AMOUNT)  # not yet for an invoice: the customer's credit
    reference: Mapped[str | None]  # what was written with it
    reverses_id: Mapped[UUID | None] = link("payment")  # the payment that this one takes back
    taken_back_at: Mapped[datetime | None]
    reason: Mapped[str | None]  # why it was taken back; of a counter-entry
    member_id: Mapped[UUID | None] = link("member")  # who noted it

    account: Mapped[Account] = linked("account_id")
    member: Mapped[Member | None] = linked("member_id")

    @property
    def label(self) -> str:
        """What was written with it, if anything was."""
        return self.reference or ""

    @property
    def credit(self) -> Decimal:
        """How much of it may still be used for an invoice."""
        return Decimal(0) if self.taken_back_at or self.reverses_id else self.free


class PaymentShare(TenantModel):
    """How much of a payment is for an invoice; below 0 where it was taken from it again. Rows are only added."""

    __tablename__ = "payment_share"
    __table_args__ = (index("invoice_id", "created_at"), index("payment_id", name="ix_payment_share_of"))

    payment_id: Mapped[UUID] = link("payment")
    invoice_id: Mapped[UUID] = link("invoice")
    amount: Mapped[Decimal] = mapped_column(AMOUNT)

    payment: Mapped[Payment] = linked("payment_id")
    invoice: Mapped[Invoice] = linked("invoice_id")


class AccountStatement(Versioned, TenantModel):
    """What a customer was billed, credited and paid in a period, as it was printed for him."""

    __tablename__ = "account_statement"
    __table_args__ = (
        index("account_id", "created_at", name="ix_account_statement_by_account"),
        index("owner_id", where="owner_id is not null", name="ix_account_statement_by_owner"),
        index("team_id", name="ix_account_statement_by_team"),
    )

    account_id: Mapped[UUID] = link("account")
    owner_id: Mapped[UUID | None] = link("member")  # the customer's, kept for reach
    team_id: Mapped[UUID | None] = link("team")
    language: Mapped[str]  # "en" or "zh"
    currency: Mapped[str]  # ISO 4217
    first_on: Mapped[date]
    last_on: Mapped[date]

    account: Mapped[Account] = linked("account_id")
    contact = None  # it goes to the customer's address
    closing = None  # its last words are the letterhead's

    @property
    def number(self) -> str:
        """Of whom, until when: a name for the file."""
        return f"{self.account.number}-{self.last_on:%Y-%m-%d}"

    @property
    def name(self) -> str:
        """Whom it is for."""
        return self.account.name
