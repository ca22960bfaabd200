"""Account statements that were brought in, and their lines."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_pgettext
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.papers.models import AMOUNT
from saas.crm.receivables.models import Payment
from saas.db import TenantModel, index, link, linked, unique
from saas.tenants.models import Member


class LineState(StrEnum):
    """What became of a line."""

    OPEN = "open"
    BOOKED = "booked"
    LEFT = "left"  # no customer's payment: somebody said so


LINE_WORDS = {
    LineState.OPEN: lazy_pgettext("bank line", "Open"),
    LineState.BOOKED: lazy_pgettext("bank line", "Booked"),
    LineState.LEFT: lazy_pgettext("bank line", "Left out"),
}


class BankFile(TenantModel):
    """One statement. While its columns aren't named, its table waits; then its lines are made."""

    __tablename__ = "bank_file"
    __table_args__ = (unique("sha256"), index("created_at", "id"), index("member_id", name="ix_bank_file_by_member"))

    name: Mapped[str]
    sha256: Mapped[str]  # of what was brought in: the same file comes in once
    table: Mapped[dict[str, Any] | None] = mapped_column(JSONB)  # {"header": […], "rows": [[…]]} of a CSV that waits
    read_at: Mapped[datetime | None]  # when its lines were made
    known: Mapped[int] = mapped_column(default=0)  # lines that an earlier file brought already
    out: Mapped[int] = mapped_column(default=0)  # lines that went out of the account, and are not kept
    member_id: Mapped[UUID | None] = link("member")

    member: Mapped[Member | None] = linked("member_id")


class BankLine(TenantModel):
    """Something that came in, as the bank tells it."""

    __tablename__ = "bank_line"
    __table_args__ = (
        unique("fingerprint"),
        index("file_id", "number"),
        index("iban", where="iban <> ''", name="ix_bank_line_iban"),
        index("payment_id", where="payment_id is not null", name="ix_bank_line_payment"),
    )

    file_id: Mapped[UUID] = link("bank_file", ondelete="CASCADE")
    number: Mapped[int]  # in the file, from 1
    fingerprint: Mapped[str]  # SHA-256 of what the bank tells, and of the how many'th of the like it is
    day: Mapped[date]
    amount: Mapped[Decimal] = mapped_column(AMOUNT)  # above 0
    currency: Mapped[str]  # ISO 4217
    text: Mapped[str]
    payer: Mapped[str]
    iban: Mapped[str]
    state: Mapped[LineState] = mapped_column(default=LineState.OPEN)
    payment_id: Mapped[UUID | None] = link("payment")  # what it was booked as

    payment: Mapped[Payment | None] = linked("payment_id")
