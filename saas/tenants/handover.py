"""What a member holds, as each capability says it, so that it can be handed over when he leaves."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false

from saas.tenants.models import Member
from saas.tenants.scope import Actor


@dataclass(frozen=True)
class Part:
    """Which of the things that a member holds; all of them where nothing is said.

    account_ids: those that belong to these customers.
    ids: these alone.
    beyond: whoever gets them may come to hold more of them than he may; somebody has said so knowingly.
    """

    account_ids: Collection[UUID] | None = None
    ids: Collection[UUID] | None = None
    beyond: bool = False

    def of(self, model: Any) -> list[ColumnElement[bool]]:
        """The conditions on a model of such things; one that knows no customer has none of a customer's."""
        found: list[ColumnElement[bool]] = []
        if self.account_ids is not None:
            column = model.id if model.__tablename__ == "account" else getattr(model, "account_id", None)
            found.append(false() if column is None else column.in_(self.account_ids))
        if self.ids is not None:
            found.append(model.id.in_(self.ids))
        return found


ALL = Part()


@dataclass(frozen=True)
class Holding:
    """One kind of thing that members hold.

    key: "account.owner_id".
    words: how many of them, as a person says it: 3 → "3 customers".
    count: how many a member (by id) holds.
    pass_on: gives what the first (by id) holds to the second; the actor, the id shared by the events of it all, and
        which part. Returns the ids of what was given.
    """

    key: str
    words: Callable[[int], str]
    count: Callable[[UUID], int]
    pass_on: Callable[[UUID, Member, Actor, UUID, Part], list[UUID]]


_holdings: dict[str, Holding] = {}


def register(holding: Holding) -> None:
    """Let members hand this over; said once, at import of the capability's actions."""
    _holdings[holding.key] = holding


def every() -> list[Holding]:
    """All kinds of things that members hold."""
    return list(_holdings.values())


def held_by(member_id: UUID) -> list[tuple[Holding, int]]:
    """What a member holds, and how many of each; kinds of which he holds none are left out."""
    counted = ((holding, holding.count(member_id)) for holding in _holdings.values())
    return [(holding, count) for holding, count in counted if count]
