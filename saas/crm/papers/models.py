"""What every paper with lines has, and the rates of exchange that a workspace has noted."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Numeric
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.customers.models import Account, Contact
from saas.crm.papers.sums import Priced
from saas.crm.products.models import Product
from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.tenants.models import File, Member

MOST_LINES = 500  # on one paper
QUANTITY, PRICE, PERCENT, RATE = Numeric(14, 3), Numeric(16, 4), Numeric(6, 3), Numeric(18, 8)
AMOUNT = Numeric(18, 4)  # there are currencies with three and four digits


class LineKind(StrEnum):
    """What a line of a paper is."""

    ITEM = "item"
    OPTION = "option"  # offered beside the rest, and counted only once it is chosen
    HEADING = "heading"  # words between the lines; costs nothing


LINE_WORDS = {LineKind.ITEM: _l("Item"), LineKind.OPTION: _l("Option"), LineKind.HEADING: _l("Heading")}


class Paper(Versioned):
    """A document with lines for an account; a mixin of the models that are one.

    Its sums are kept with it and written by `lines_actions.write` alone, so that screen, list, PDF and export say the
    same to the cent.
    """

    if TYPE_CHECKING:
        id: Mapped[UUID]  # every model has it of `TenantModel`

    number: Mapped[str]  # "Q-2026-00042", by the workspace's rule
    name: Mapped[str]  # what it is about
    account_id: Mapped[UUID] = link("account")
    contact_id: Mapped[UUID | None] = link("contact")  # to whom it is addressed
    owner_id: Mapped[UUID | None] = link("member")
    team_id: Mapped[UUID | None] = link("team")  # the owner's, kept for reach
    language: Mapped[str]  # "en" or "zh": of the PDF and of mails about it
    currency: Mapped[str]  # ISO 4217, of every amount on it
    rate: Mapped[Decimal | None] = mapped_column(RATE)  # one unit of `currency` in the workspace's; None: not noted
    rate_on: Mapped[date | None]  # the day the rate is of
    net: Mapped[Decimal] = mapped_column(AMOUNT, default=Decimal(0))  # without tax
    tax: Mapped[Decimal] = mapped_column(AMOUNT, default=Decimal(0))
    gross: Mapped[Decimal] = mapped_column(AMOUNT, default=Decimal(0))
    opening: Mapped[str | None]  # words before the lines
    closing: Mapped[str | None]  # words after them

    account: Mapped[Account] = linked("account_id")
    contact: Mapped[Contact | None] = linked("contact_id")
    owner: Mapped[Member | None] = linked("owner_id")


class Line:
    """A line of a paper; a mixin. What it says is its own: a product that changes later changes no paper."""

    if TYPE_CHECKING:
        id: Mapped[UUID]  # every model has it of `TenantModel`

    position: Mapped[int]  # from 0, as the paper lists them
    kind: Mapped[LineKind] = mapped_column(default=LineKind.ITEM)
    is_chosen: Mapped[bool] = mapped_column(default=False)  # of an option: the customer wants it
    product_id: Mapped[UUID | None] = link("product")
    text: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    unit: Mapped[str | None]
    price: Mapped[Decimal] = mapped_column(PRICE)  # of one unit, in the paper's currency, without tax
    discount: Mapped[Decimal] = mapped_column(PERCENT, default=Decimal(0))  # % of the price
    tax_name: Mapped[str] = mapped_column(default="")
    tax_percent: Mapped[Decimal] = mapped_column(PERCENT, default=Decimal(0))
    cost: Mapped[Decimal | None] = mapped_column(PRICE)  # of one unit, in the paper's currency; for colleagues
    net: Mapped[Decimal] = mapped_column(AMOUNT, default=Decimal(0))  # quantity × price, less discount, rounded

    product: Mapped[Product | None] = linked("product_id")

    @property
    def counts(self) -> bool:
        """True where the sums of the paper hold it."""
        return self.kind is LineKind.ITEM or (self.kind is LineKind.OPTION and self.is_chosen)

    @property
    def priced(self) -> Priced:
        """What the sums need of it."""
        return Priced(self.quantity, self.price, self.discount, self.tax_name, self.tax_percent, self.cost)


class ExchangeRate(TenantModel):
    """What one unit of a currency is worth in the workspace's own, from a day on."""

    __tablename__ = "exchange_rate"
    __table_args__ = (unique("currency", "valid_from"),)

    currency: Mapped[str]  # ISO 4217
    valid_from: Mapped[date]
    rate: Mapped[Decimal] = mapped_column(RATE)  # above 0
    member_id: Mapped[UUID | None] = link("member", index=True)  # who noted it

    member: Mapped[Member | None] = linked("member_id")


class PrintState(StrEnum):
    """Where the making of a paper's PDF stands."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class PaperPrint(TenantModel):
    """The PDF of a paper as it was at one version of it; what was sent or issued is kept as it went out."""

    __tablename__ = "paper_print"
    __table_args__ = (unique("kind", "paper_id", "edition"), index("ready_at", where="not is_kept"))

    kind: Mapped[str]  # table of the paper
    paper_id: Mapped[UUID]
    edition: Mapped[int]  # version of the paper that was printed
    is_kept: Mapped[bool] = mapped_column(default=False)  # it went out; others are dropped after some days
    state: Mapped[PrintState] = mapped_column(default=PrintState.WAITING)
    turn: Mapped[int] = mapped_column(default=0)  # how often it was tried again
    why: Mapped[str | None]  # it failed: a key of `pdf.SENTENCES`, or "room"
    file_id: Mapped[UUID | None] = link("file", index=True)
    ready_at: Mapped[datetime | None]
    member_id: Mapped[UUID | None] = link("member", index=True)  # who asked; None: it went out by itself

    file: Mapped[File | None] = linked("file_id")
    member: Mapped[Member | None] = linked("member_id")
