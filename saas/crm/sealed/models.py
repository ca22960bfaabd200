"""Confidential details, kept sealed."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped

from saas.crm.customers.models import Account, Contact
from saas.db import TenantModel, Versioned, index, link, linked, unique


class Detail(StrEnum):
    """What is kept so."""

    BANK_ACCOUNT = "bank_account"
    IDENTITY_NUMBER = "identity_number"
    PRIVATE_PHONE = "private_phone"


DETAIL_WORDS: dict[Detail, Any] = {
    Detail.BANK_ACCOUNT: _l("Bank account"),
    Detail.IDENTITY_NUMBER: _l("Identity number"),
    Detail.PRIVATE_PHONE: _l("Confidential phone"),
}
DETAILS: dict[str, tuple[Detail, ...]] = {  # table of the record → what it may have
    "account": (Detail.BANK_ACCOUNT, Detail.IDENTITY_NUMBER),
    "contact": (Detail.IDENTITY_NUMBER, Detail.PRIVATE_PHONE, Detail.BANK_ACCOUNT),
}
COVER = "••••"
SHOWN = 2  # characters at the end that the mask leaves
LEAST = 6  # a shorter text is covered whole


def masked(text: str) -> str:
    """What everybody may see of a confidential text: `•••• 42`."""
    return f"{COVER} {text[-SHOWN:]}" if len(text) >= LEAST else COVER


class SealedValue(Versioned, TenantModel):
    """One confidential detail of a customer or a contact."""

    __tablename__ = "sealed_value"
    __table_args__ = (
        unique("account_id", "detail", where="account_id is not null", name="ix_sealed_value_of_account"),
        unique("contact_id", "detail", where="contact_id is not null", name="ix_sealed_value_of_contact"),
        index("detail", "fingerprint", name="ix_sealed_value_same"),
    )

    account_id: Mapped[UUID | None] = link("account", ondelete="CASCADE")
    contact_id: Mapped[UUID | None] = link("contact", ondelete="CASCADE")
    detail: Mapped[Detail]
    kept: Mapped[bytes]  # sealed for this row and detail
    fingerprint: Mapped[bytes]  # of the text without spaces and case, to find the same again

    account: Mapped[Account | None] = linked("account_id")
    contact: Mapped[Contact | None] = linked("contact_id")
