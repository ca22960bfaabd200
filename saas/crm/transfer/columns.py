"""Which field a column holds, guessed from its name. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from saas.search import fold


def plain(name: str) -> str:
    """A column's name as it is compared: `Close_Value` is "close value"."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[_\-./:*#()（）：]+", " ", fold(parted)).split())


def guess(header: Sequence[str], known: Mapping[str, str], remembered: Mapping[str, str]) -> list[str]:
    """For each column the key of its field, or "".

    Args:
        header: names of columns.
        known: plain name → key of a field; the first that fits a field is its, the surest first.
        remembered: plain name → key, or "", as settled before; counts more.
    """
    found = [""] * len(header)
    names = [plain(name) for name in header]
    taken: set[str] = set()
    for source in (remembered, known):
        for place, name in enumerate(names):
            key = source.get(name, "")
            if key and key not in taken and not found[place] and (source is remembered or name not in remembered):
                found[place] = key
                taken.add(key)
    return found
