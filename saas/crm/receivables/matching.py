"""For which invoices a line of a statement is. Pure: no session, no request, no clock."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from saas.search import fold


class Reason(StrEnum):
    """Why a line is taken for an invoice's; the surest first."""

    NUMBER = "number"  # its number stands in the text
    IBAN = "iban"  # from an account that this customer paid from before, and as much as is owed
    NAME = "name"  # of this customer's name, and as much as is owed
    AMOUNT = "amount"  # as much as is owed on this one alone


@dataclass(frozen=True)
class Came:
    """A line: amount above 0, what was written with it, of whom, and the customers that paid from this IBAN before."""

    amount: Decimal
    currency: str
    text: str
    payer: str
    known: Collection[UUID] = ()


@dataclass(frozen=True)
class Due:
    """An open invoice."""

    id: UUID
    number: str
    account_id: UUID
    customer: str
    currency: str
    owed: Decimal


@dataclass(frozen=True)
class Match:
    """The invoices that a line pays, all of one customer, what is due first on top; and why."""

    invoices: Sequence[Due]
    reason: Reason


def match(line: Came, due: Sequence[Due]) -> Match | None:
    """The invoices that a line pays; None where nothing tells.

    Args:
        line: what came.
        due: open invoices, what is due first on top.
    """
    fitting = [one for one in due if one.currency == line.currency]
    text = _plain(line.text)
    named = [one for one in fitting if _plain(one.number) in text]
    if named:
        first = named[0].account_id
        return Match([one for one in named if one.account_id == first], Reason.NUMBER)
    exact = [one for one in fitting if one.owed == line.amount]
    of_iban = [one for one in exact if one.account_id in line.known]
    if of_iban:
        return Match(of_iban[:1], Reason.IBAN)
    payer = fold(line.payer)
    of_name = [one for one in exact if payer and (fold(one.customer) in payer or payer in fold(one.customer))]
    if of_name:
        return Match(of_name[:1], Reason.NAME)
    return Match(exact, Reason.AMOUNT) if len(exact) == 1 else None


def _plain(text: str) -> str:
    """Letters and digits alone, since banks break numbers with blanks and leave out their marks. Bounds stand around
    runs of digits, so that …0001 isn't found in …00012.
    """
    joined = re.sub(r"[^0-9A-Za-z]", "", text).upper()
    return re.sub(r"(\d+)", r"<\1>", joined)
