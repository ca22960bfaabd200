"""Parts of a record's page that other capabilities bring: data goes up, so that customers never imports quotes.

A capability says once, at import, which panel it adds to which kind of record; the record's page draws them in order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask_babel.speaklater import LazyString
from markupsafe import Markup


@dataclass(frozen=True)
class Panel:
    """One part of a record's page."""

    key: str
    label: LazyString
    draw: Callable[[UUID], Markup]  # the record's id → HTML; runs its own fixed number of statements
    right: str  # the right a reader needs to see it
    place: str = "tab"  # "tab" (loaded when opened), "side" (drawn with the page), "left", "middle" (of products)
    order: int = 50
    is_later: bool = False  # the page leaves room and loads it by itself; `draw` then looks at the reader's reach
    is_wanted: Callable[[], bool] = lambda: True  # False where this workspace has nothing to show there
    actions: tuple[Any, ...] = field(default=())


_panels: dict[str, list[Panel]] = defaultdict(list)


def add(kind: str, panel: Panel) -> None:
    """Add a panel to the page of records of `kind` (their table's name); the same key replaces."""
    _panels[kind] = sorted([p for p in _panels[kind] if p.key != panel.key] + [panel], key=lambda p: (p.order, p.key))


def of(kind: str, place: str, rights: dict[str, str]) -> list[Panel]:
    """The panels of a kind of record in one place that a reader with these rights may see, in order."""
    return [p for p in _panels[kind] if p.place == place and p.right in rights and p.is_wanted()]


def named(kind: str, key: str) -> Panel | None:
    """One panel by its key."""
    return next((p for p in _panels[kind] if p.key == key), None)
