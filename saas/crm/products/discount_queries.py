"""How much off a role may give by itself, and who may let more pass."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from saas.crm.products.pricing import ALL_OF_IT
from saas.tenants import queries as tenants
from saas.tenants.models import Member

LIMITS = "products.discounts"  # the setting: role's id → percent


def limits() -> dict[UUID, Decimal]:
    """Role → the percentage off that its people may give by themselves; a role that isn't named may give any."""
    return {
        UUID(role_id): Decimal(str(percent))
        for role_id, percent in tenants.setting(LIMITS, {}).items()
        if percent is not None
    }


def limit_of(member: Member) -> Decimal:
    """The percentage off that a member may give by himself; 100 where nothing limits him."""
    return limits().get(member.role_id, ALL_OF_IT) if member.role_id else Decimal(0)


def needs_approval(member: Member, percent: Decimal) -> bool:
    """True when somebody else has to let a percentage off pass that this member wants to give."""
    return percent > limit_of(member)


def approvers(percent: Decimal) -> list[Member]:
    """The active members who may let this percentage off pass, by name."""
    return [member for member in tenants.members() if not needs_approval(member, percent)]
