"""The gates of the portals: whether a workspace lets its customers and its partners in, and how it greets them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from saas.tenants import queries
from saas.tenants.actions import settings
from saas.tenants.models import Member, PortalKind


@dataclass(frozen=True)
class Gate:
    """One portal's gate."""

    is_open: bool = True  # a closed one lets nobody in, and whoever is in already reads that it is closed
    welcome: str = ""  # under the greeting on the first page
    shows_logo: bool = True
    kinds: list[str] | None = None  # what its people may file, in the words of whoever takes it; None: anything


def gate(kind: PortalKind) -> Gate:
    """How the workspace in scope keeps the gate of a portal."""
    kept: dict[str, Any] = queries.setting(_key(kind), {})
    return Gate(**{name: kept[name] for name in asdict(Gate()) if name in kept})


def keep(kind: PortalKind, gate: Gate, *, by: Member) -> None:
    """Keep the gate of a portal so from now on."""
    settings.choose(_key(kind), asdict(gate), by=by)


def _key(kind: PortalKind) -> str:
    return f"portal.{kind}"
