"""What stands on every paper of a workspace beside its logo: who it is, where, its numbers, its bank."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.actions import settings
from saas.tenants.models import Member

KEY = "papers.letterhead"


@dataclass(frozen=True)
class Letterhead:
    """The words of a letterhead; each may be empty, and lines are kept."""

    company: str = ""
    address: str = ""
    reached: str = ""  # phone, mail, web
    tax_number: str = ""
    bank: str = ""  # where to pay
    colour: str = "#0b6e86"  # of lines and headings: "#rrggbb"
    closing: str = ""  # the last words of a quote or an invoice, unless it has its own

    @property
    def sender(self) -> str:
        """The small line above the address that one writes to."""
        return " · ".join(part for part in [self.company, *self.address.splitlines()] if part)


def now() -> Letterhead:
    """The workspace's letterhead; its name stands where no company was typed."""
    kept: dict[str, Any] = tenants.setting(KEY, {})
    known = {one.name for one in fields(Letterhead)}
    found = {name: str(value) for name, value in kept.items() if name in known and value}
    return Letterhead(**{"company": scope.workspace().name} | found)


def choose(head: Letterhead, *, by: Member) -> None:
    """Keep a letterhead."""
    settings.choose(KEY, asdict(head), by=by)
