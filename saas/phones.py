"""Phone numbers: one way to keep them, however they were typed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import phonenumbers
from babel.core import get_global

from saas.search import digits

LAST_DIGITS = 9  # of a number that no plan knows: what is left without prefixes of country and area
FEWEST = 5  # digits that tell anybody


def key(phone: str | None, zone: str) -> str | None:
    """A number as it is compared: in E.164 where it is a whole one, else its last digits; None where it tells nobody.

    Args:
        phone: as it was typed.
        zone: time zone of the workspace (IANA), whose country a number without a prefix belongs to.
    """
    number = _whole(phone or "", zone)
    if number is not None:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    found = digits(phone or "").replace("+", "").lstrip("0")
    return found[-LAST_DIGITS:] if len(found) >= FEWEST else None


def written(phone: str, zone: str) -> str:
    """A whole number as it is written everywhere: "040 5550182" → "+49 40 5550182"; any other as it was typed."""
    number = _whole(phone, zone)
    if number is None or number.extension:
        return phone
    found: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return found


def is_odd(phone: str, zone: str) -> bool:
    """True where no country has such a number, or where the workspace's own hasn't; unknown without either."""
    return bool(region(zone) or phone.lstrip().startswith("+")) and _whole(phone, zone) is None


@lru_cache(maxsize=512)
def region(zone: str) -> str | None:
    """The country of a time zone: "Asia/Shanghai" → "CN"; None where it has none, such as UTC."""
    found: str | None = get_global("zone_territories").get(zone)
    return found if found in phonenumbers.SUPPORTED_REGIONS else None


def _whole(phone: str, zone: str) -> Any | None:
    try:
        number = phonenumbers.parse(phone, region(zone))
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None
