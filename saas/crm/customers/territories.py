"""In which territory a customer lies: the first whose rule holds. No session, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from saas.search import fold

WORD = re.compile(r"[^\W_]+")
SHORTEST = 4  # characters of a postcode; a house number has fewer


@dataclass(frozen=True)
class Rule:
    """What a territory asks of a customer; an empty part asks nothing, and one that asks nothing takes everyone.

    countries: names, folded.
    regions: how a region or city begins, folded.
    postcodes: how the postcode in the address begins, in capitals without spaces.
    industries: keys of words.
    employees_from, employees_to: head count, both included.
    """

    id: UUID
    name: str
    countries: frozenset[str] = frozenset()
    regions: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = ()
    industries: frozenset[str] = frozenset()
    employees_from: int | None = None
    employees_to: int | None = None

    def holds(self, account: Any) -> bool:
        """True when a customer, or a row with its columns, is all that is asked."""
        return (
            (not self.countries or fold(account.country or "") in self.countries)
            and (not self.regions or any(fold(part or "").startswith(self.regions) for part in _places(account)))
            and (not self.postcodes or any(code.startswith(self.postcodes) for code in postcodes(account.address)))
            and (not self.industries or account.industry in self.industries)
            and self._fits(account.employees)
        )

    def _fits(self, employees: int | None) -> bool:
        if self.employees_from is None and self.employees_to is None:
            return True
        if employees is None:
            return False
        least, most = self.employees_from or 0, self.employees_to
        return least <= employees and (most is None or employees <= most)


def _places(account: Any) -> tuple[str | None, ...]:
    return (account.region, account.city)


def postcodes(address: str | None) -> list[str]:
    """What may be a postcode in an address: words of at least four characters with a digit, in capitals.

    Two that follow each other are tried as one as well, since some countries write theirs in two ("W1 2AB").
    """
    words = [word.upper() for word in WORD.findall(address or "")]
    pairs = [first + second for first, second in pairwise(words) if first[0].isalpha() and _has_digit(first)]
    return [word for word in [*words, *pairs] if len(word) >= SHORTEST and _has_digit(word)]


def _has_digit(word: str) -> bool:
    return any(letter.isdigit() for letter in word)


def of(account: Any, rules: Iterable[Rule]) -> UUID | None:
    """The territory of a customer; None where no rule holds."""
    return next((rule.id for rule in rules if rule.holds(account)), None)
