"""The table of a bank's CSV: which column is what, and what its rows say. Pure: no session, no request, no clock."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from saas import money
from saas.bank import Entry

COLUMNS = ("day", "amount", "text", "payer", "iban", "currency")
NEEDED = ("day", "amount")
ORDERS = ("dmy", "mdy", "ymd")
GUESSES = {
    "day": r"^day|buchungstag|booking|date|datum|日期|交易日",
    "amount": r"amount|betrag|credit|金额|贷方",
    "text": r"purpose|zweck|reference|description|text|details|摘要|附言|用途",
    "payer": r"payer|name|beg.nstigt|auftraggeber|partner|counterparty|对方户名|付款人",
    "iban": r"iban|account number|konto|账号",
    "currency": r"currency|w.hrung|币种",
}


@dataclass(frozen=True)
class Layout:
    """Column → its place in the table, None where there is none; and the order of day, month and year."""

    places: Mapping[str, int | None]
    order: str = "ymd"


@dataclass(frozen=True)
class Read:
    """What the rows say, and the numbers of those that say nothing that can be read; from 1, below the header."""

    entries: list[Entry]
    wrong: list[int]


def guessed(header: Sequence[str]) -> Layout:
    """Which column is what, by its name."""
    places: dict[str, int | None] = {}
    for name in COLUMNS:
        found = (at for at, words in enumerate(header) if re.search(GUESSES[name], words.lower()))
        places[name] = next((at for at in found if at not in places.values()), None)
    return Layout(places)


def read(rows: Sequence[Sequence[str]], mapping: Layout, currency: str) -> Read:
    """What the rows say.

    Args:
        rows: below the header.
        mapping: where day and amount stand at least.
        currency: of rows that name none.
    """
    entries, wrong = [], []
    for number, row in enumerate(rows, 1):
        entry = _entry(row, mapping, currency)
        if entry is None:
            wrong.append(number)
        else:
            entries.append(entry)
    return Read(entries, wrong)


def _entry(row: Sequence[str], mapping: Layout, currency: str) -> Entry | None:
    def cell(name: str) -> str:
        at = mapping.places.get(name)
        return " ".join(row[at].split())[:2000] if at is not None and at < len(row) else ""

    day, amount = day_of(cell("day"), mapping.order), money.read(re.sub(r"[^\d.,+\-−'’ ]", "", cell("amount")))
    if day is None or amount is None:
        return None
    named = cell("currency").upper()
    iban = re.sub(r"\s", "", cell("iban")).upper()
    return Entry(day, amount, named if re.fullmatch("[A-Z]{3}", named) else currency, cell("text"), cell("payer"), iban)


def day_of(text: str, order: str) -> date | None:
    """A day as a bank writes it: "31.03.2026", "3/31/26", "2026-03-31", "20260331", "2026年3月31日"."""
    parts = re.findall(r"\d+", text)
    if len(parts) == 1 and len(parts[0]) == 8:
        whole = parts[0]
        parts = [whole[:4], whole[4:6], whole[6:]] if order == "ymd" else [whole[:2], whole[2:4], whole[4:]]
    if len(parts) < 3:
        return None
    numbers = dict(zip("ymd" if len(parts[0]) == 4 else order, map(int, parts[:3]), strict=True))
    year = numbers["y"] + 2000 if numbers["y"] < 100 else numbers["y"]
    try:
        return date(year, numbers["m"], numbers["d"])
    except ValueError:
        return None
