"""Categories in two levels, written as one: "Tools / Drills" lies in "Tools". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

BETWEEN = " / "
APART = re.compile(r"\s+[/／]\s+|\s*[>›]\s*")  # "AC/DC" is one word


def written(typed: str | None) -> str | None:
    """A category as it is kept, of two levels at most: "Tools > Drills" → "Tools / Drills"."""
    parts = [part.strip() for part in APART.split(typed or "", maxsplit=1) if part.strip()]
    return BETWEEN.join(parts) or None


def every(used: Iterable[str]) -> list[str]:
    """The categories in use and those that they lie in, each before those in it."""
    found = {part for one in used for part in (one, one.partition(BETWEEN)[0])}
    return sorted(found, key=lambda one: [part.casefold() for part in one.split(BETWEEN)])


def lies_in(category: str | None, outer: str) -> bool:
    """True when it is this category, or one in it."""
    return category is not None and (category == outer or category.startswith(outer + BETWEEN))
