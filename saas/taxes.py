"""Tax numbers of companies and people: one way to keep each country's, however it was typed."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.core import get_global
from stdnum import get_cc_module
from stdnum.exceptions import ValidationError

from saas.i18n import LOCALES
from saas.search import fold

# Countries whose numbers begin with the country when they are written abroad.
PREFIXED = frozenset(
    [
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IT", "LT"),
        *("LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    ]
)
GREECE = "EL"  # as its own numbers call it
KINDS = {
    "CN": ("uscc",),
    "DE": ("vat", "stnr"),
    "FR": ("tva", "siren", "siret"),
    "GB": ("vat", "utr"),
    "IT": ("iva", "codicefiscale"),
    "US": ("tin",),
}
USUAL = ("vat", "tin")
ALIASES = {"uk": "GB", "great britain": "GB", "england": "GB", "usa": "US", "holland": "NL", "korea": "KR"}
MARKS = re.compile(r"[\W_]+")
SHORTEST = 5  # letters and digits from which a number is looked at: with fewer somebody is still at it


def key(number: str | None, country: str | None) -> str | None:
    """A number as it is compared: with its country in front where it is one of its numbers; None where it tells nobody.

    Args:
        number: as it was typed.
        country: whose number it is, ISO 3166 ("DE"), unless it says so itself.
    """
    bare = MARKS.sub("", fold(number or "")).upper()
    if len(bare) < SHORTEST:
        return None
    found = _read(number or "", country)
    return f"{found[0]}{found[1]}" if found else bare


def written(number: str, country: str | None) -> str:
    """A number as its country writes it: "DE 136,695 976" → "DE136695976"; any other as it was typed."""
    found = _read(number, country)
    if found is None:
        return number
    land, bare, module = found
    if land in PREFIXED and module in _modules(land)[:1]:
        return f"{GREECE if land == 'GR' else land}{bare}"
    return str(module.format(bare)) if hasattr(module, "format") else bare


def is_odd(number: str, country: str | None, *, is_whole: bool = True) -> bool:
    """True where its country has no such number; unknown without a country, or where nobody knows its numbers, and of
    a short one that isn't said to be whole.
    """
    land = _land(number, country)
    is_looked_at = is_whole or len(MARKS.sub("", number)) >= SHORTEST
    return is_looked_at and land is not None and bool(_modules(land)) and _read(number, country) is None


def country(said: str | None, zone: str) -> str | None:
    """The country that somebody typed, in any of our languages or as ISO 3166 has it; the time zone's if he said none.

    Args:
        said: "Germany", "德国", "DE", …; what isn't known gives None.
        zone: time zone of the workspace (IANA).
    """
    if not said or not said.strip():
        found: str | None = get_global("zone_territories").get(zone)
        return found
    return _countries().get(fold(said))


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    found = dict(ALIASES)
    for language in (*LOCALES, "de"):
        names = {str(code): str(name) for code, name in Locale.parse(language).territories.items()}
        lands = [code for code in names if len(code) == 2 and code.isalpha()]
        found |= {fold(said): code for code in lands for said in (code, names[code])}
    return found


@lru_cache(maxsize=256)
def _modules(land: str) -> tuple[Any, ...]:
    """What knows the numbers of a country, the one that companies give first."""
    found = (get_cc_module(land, kind) for kind in KINDS.get(land, USUAL))
    return tuple(dict.fromkeys(module for module in found if module is not None))


def _land(number: str, said: str | None) -> str | None:
    """Whose number it is: it may say so itself."""
    first = fold(number)[:2].upper()
    first = "GR" if first == GREECE else first
    return first if first in PREFIXED and said in {None, first, *PREFIXED} else said


def _read(number: str, said: str | None) -> tuple[str, str, Any] | None:
    """(country, bare number, who knows it)."""
    land = _land(number, said)
    for module in _modules(land) if land else ():
        try:
            return str(land), str(module.validate(number.upper())), module
        except ValidationError:
            continue
    return None
