"""How variants are told apart: pure, no session, no request."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import product

from saas.search import fold

Pairs = tuple[tuple[str, str], ...]  # (attribute, value): (("Colour", "red"), ("Size", "M"))

MOST = 100  # variants that are made at once
MOST_ATTRIBUTES = 4
LONGEST = 60  # letters of an attribute or a value
COLON, BETWEEN = re.compile(r"[:：]"), re.compile(r"[,，、;；]")


class Wrong(ValueError):
    """A line that names no attribute with values."""


def read(text: str) -> list[tuple[str, list[str]]]:
    """The attributes of a text, a line each: "Colour: red, blue" → ("Colour", ["red", "blue"]).

    Raises:
        Wrong: a line is of another kind, an attribute comes twice, or a word is too long.
    """
    found: list[tuple[str, list[str]]] = []
    for line in filter(str.strip, text.splitlines()):
        attribute, *rest = (part.strip() for part in COLON.split(line, maxsplit=1))
        values = [value.strip() for part in rest for value in BETWEEN.split(part) if value.strip()]
        is_known = fold(attribute) in {fold(name) for name, _values in found}
        if not attribute or not values or is_known or any(len(word) > LONGEST for word in (attribute, *values)):
            raise Wrong(line.strip())
        found.append((attribute, values))
    return found


def written(pairs: Sequence[Sequence[str]]) -> str:
    """Pairs as `read` reads them."""
    return "\n".join(f"{attribute}: {value}" for attribute, value in pairs)


def combined(attributes: Sequence[tuple[str, Sequence[str]]]) -> list[Pairs]:
    """Every combination of the values, in their order; what an attribute lists twice counts once."""
    named = [[(name, value) for value in _distinct(values)] for name, values in attributes]
    return [tuple(found) for found in product(*named)]


def key(pairs: Sequence[Sequence[str]]) -> frozenset[tuple[str, str]]:
    """What two variants share that are the same, however they are spelled and ordered."""
    return frozenset((fold(name), fold(value)) for name, value in pairs)


def name(parent: str, pairs: Sequence[Sequence[str]]) -> str:
    """What a variant is called: `Shirt, red, M`."""
    return ", ".join([parent, *(value for _name, value in pairs)])


def attributes(families: Sequence[Sequence[Sequence[str]]]) -> list[str]:
    """The attributes of some variants, in the order in which they first come."""
    found: dict[str, str] = {}
    for pairs in families:
        for attribute, _value in pairs:
            found.setdefault(fold(attribute), attribute)
    return list(found.values())


def row(names: Sequence[str], pairs: Sequence[Sequence[str]]) -> list[str]:
    """The values of a variant under these attributes; empty where it has none."""
    values: Mapping[str, str] = {fold(attribute): value for attribute, value in pairs}
    return [values.get(fold(one), "") for one in names]


def _distinct(values: Sequence[str]) -> list[str]:
    found: dict[str, str] = {}
    for value in values:
        found.setdefault(fold(value), value)
    return list(found.values())
