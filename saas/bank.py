"""Account statements of banks, read in a limited child: what came in and went out, a row each."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from flask_babel import lazy_gettext as _l

from saas import child
from saas.errors import Refused

LARGEST = 10 * child.MIB
MOST = 5_000  # entries of one file

SENTENCES = {
    "size": _l("This file is too large: a statement of up to 10 MB can be read. Ask the bank for shorter periods."),
    "kind": _l("This is no account statement that can be read. Ask the bank for CAMT.053, or save it as CSV."),
    "rows": _l("At most 5,000 entries can be read at once. Ask the bank for shorter periods."),
    "busy": _l("Many files are being read right now. Try again in a minute."),
    "time": _l("Reading this file takes too long. Ask the bank for shorter periods."),
}


class Unreadable(Refused):
    """The file is no statement, or beyond the limits."""

    def __init__(self, why: str) -> None:
        super().__init__(str(SENTENCES.get(why, SENTENCES["kind"])), field="file")


@dataclass(frozen=True)
class Entry:
    """What came in or went out.

    day: when it was booked.
    amount: below 0 where it went out.
    currency: ISO 4217.
    text: what was written with it.
    payer, iban: of whom it came, or to whom it went; "" where the bank doesn't tell.
    reference: the bank's own, "" where there is none.
    own: IBAN of the account.
    """

    day: date
    amount: Decimal
    currency: str
    text: str
    payer: str = ""
    iban: str = ""
    reference: str = ""
    own: str = ""


def is_statement(content: bytes) -> bool:
    """True for what begins as XML."""
    return content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")


def read(content: bytes) -> list[Entry]:
    """The booked entries of a camt.053 statement.

    Raises:
        Unreadable: it is none, or too large.
    """
    if len(content) > LARGEST:
        raise Unreadable("size")
    try:
        with closing(child.stream("bank.read", content, most=MOST)) as batches:
            return [_entry(one) for batch in batches for one in batch]
    except child.Stopped as stop:
        raise Unreadable(stop.why) from None


def _entry(told: dict[str, str]) -> Entry:
    try:
        day, amount = date.fromisoformat(told["day"]), Decimal(told["amount"])
    except (ValueError, InvalidOperation):
        raise Unreadable("kind") from None
    rest = {name: told[name][:2000] for name in ("text", "payer", "iban", "reference", "own")}
    return Entry(day, amount, told["currency"].upper()[:3], **rest)
