"""Sums of money: how many digits a currency has, and how amounts are rounded and changed into another."""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.numbers import get_currency_precision

HUNDRED = Decimal(100)


@lru_cache(maxsize=512)
def places(currency: str) -> int:
    """Digits after the point of amounts in a currency (ISO 4217): 2 for EUR, 0 for JPY, 3 for KWD.

    Source: CLDR, supplemental data, currency fractions.
    """
    return int(get_currency_precision(currency))


@lru_cache(maxsize=512)
def _unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-places(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount in the smallest unit of its currency, half a unit away from zero: 0.125 EUR → 0.13, −0.125 → −0.13."""
    return amount.quantize(_unit(currency), ROUND_HALF_UP)


def converted(amount: Decimal, rate: Decimal, currency: str) -> Decimal:
    """An amount in another currency.

    Args:
        amount: what is changed.
        rate: what one unit of the amount's currency is worth in `currency`, above 0.
        currency: ISO 4217 code of the answer.

    Raises:
        ValueError: the rate isn't above 0.
    """
    if rate <= 0:
        raise ValueError(f"{rate} is no rate")
    return rounded(amount * rate, currency)


def share(amount: Decimal, percent: Decimal, currency: str) -> Decimal:
    """So many percent of an amount, rounded."""
    return rounded(amount * percent / HUNDRED, currency)


def read(text: str) -> Decimal | None:
    """A number as people type or paste it: "1,234.50", "1.234,50", "1 234.5", "１２"; None of what is none.

    Of two marks the last one stands before the decimals. A single one stands for thousands only where exactly three
    digits follow a comma: "1,234" is a thousand and more, "1.234" and "1,5" are not.
    """
    plain = re.sub(r"[\s'’]", "", unicodedata.normalize("NFKC", text)).replace("−", "-")
    if "," in plain and "." in plain:
        thousands = min(",", ".", key=plain.rfind)
        plain = plain.replace(thousands, "")
    elif plain.count(",") > 1 or re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", plain):
        plain = plain.replace(",", "")
    plain = plain.replace(",", ".")
    return Decimal(plain) if re.fullmatch(r"[+-]?(\d{1,18}(\.\d{0,12})?|\.\d{1,12})", plain) else None


def plain(number: Decimal) -> str:
    """A number as a field holds it: without zeros that say nothing, never in powers of ten."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
