"""Words of a choice, in both languages, as cells may say them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from saas.crm.transfer.values import Reading, Wrong
from saas.i18n import in_every_language
from saas.search import fold


def both(text: Any) -> set[str]:
    """A lazy text in every language, folded."""
    return {fold(word) for word in in_every_language(text)}


def choice(words: Mapping[Any, Any]) -> Callable[[str, Reading], Any]:
    """Read a cell as one of these members: by value, or by its word in either language."""

    @cache
    def known() -> dict[str, Any]:
        return {name: member for member, text in words.items() for name in {fold(member.value), *both(text)}}

    def read(cell: str, reading: Reading) -> Any:
        found = known().get(fold(cell))
        if found is None:
            raise Wrong("choice", value=cell, choices=" · ".join(str(text) for text in words.values()))
        return found

    return read
