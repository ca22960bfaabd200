"""What the workspace chose about its stock."""

from __future__ import annotations

from saas.tenants import queries
from saas.tenants.actions import settings
from saas.tenants.models import Member

KEY = "inventory.rules"


def may_sell_below_zero() -> bool:
    """True where more may be reserved and delivered than is there."""
    return bool(queries.setting(KEY, {"below_zero": False})["below_zero"])


def choose(*, below_zero: bool, by: Member) -> None:
    """Keep the choice."""
    settings.choose(KEY, {"below_zero": below_zero}, by=by)
