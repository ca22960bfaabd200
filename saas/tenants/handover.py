"""What a member holds, as each capability says it, so that it can be handed over when he leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from saas.tenants.models import Member
from saas.tenants.scope import Actor


@dataclass(frozen=True)
class Holding:
    """One kind of thing that members hold.

    key: "account.owner_id".
    words: how many of them, as a person says it: 3 → "3 customers".
    count: how many a member (by id) holds.
    pass_on: gives all that the first (by id) holds to the second; the actor, and the id shared by the events of it all.
    """

    key: str
    words: Callable[[int], str]
    count: Callable[[UUID], int]
    pass_on: Callable[[UUID, Member, Actor, UUID], int]


_holdings: dict[str, Holding] = {}


def register(holding: Holding) -> None:
    """Let members hand this over; said once, at import of the capability's actions."""
    _holdings[holding.key] = holding


def held_by(member_id: UUID) -> list[tuple[Holding, int]]:
    """What a member holds, and how many of each; kinds of which he holds none are left out."""
    counted = ((holding, holding.count(member_id)) for holding in _holdings.values())
    return [(holding, count) for holding, count in counted if count]
