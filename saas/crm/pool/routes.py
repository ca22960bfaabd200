"""Who gets a customer by its property; nothing here reads or writes."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from saas.crm.pool.route_models import COUNTRY, REGION, TERRITORY
from saas.search import fold


@dataclass(frozen=True)
class Rule:
    """A rule as customers are held against it.

    property: of PROPERTY_WORDS; None: it takes everyone.
    values: of which the property is one; of a region, how it or the city begins.
    members: who gets them in turn, the next first.
    """

    id: UUID
    property: str | None
    values: tuple[str, ...]
    members: tuple[UUID, ...]

    def holds(self, customer: Any) -> bool:
        """True when a customer, or a row with its columns, is one that this rule takes."""
        if self.property is None:
            return True
        if self.property == REGION:
            begins = tuple(fold(one) for one in self.values)
            return any(fold(part or "").startswith(begins) for part in (customer.region, customer.city))
        if self.property == COUNTRY:
            return fold(customer.country or "") in {fold(one) for one in self.values}
        name = "territory_id" if self.property == TERRITORY else self.property
        held = getattr(customer, name)
        return held is not None and str(held) in self.values


def taking(customer: Any, rules: Iterable[Rule]) -> Rule | None:
    """The first rule that holds; None where none does."""
    return next((rule for rule in rules if rule.holds(customer)), None)


def in_turn(members: Sequence[UUID], last: UUID | None) -> tuple[UUID, ...]:
    """The members, the one after `last` first; in their order where he is none of them."""
    if last not in members:
        return tuple(members)
    after = members.index(last) + 1
    return (*members[after:], *members[:after])


@dataclass
class Deal:
    """What handing out would do.

    taken: rule → customers that it takes.
    given: member → customers that he would get.
    untaken: customers that no rule takes.
    full: customers that a rule takes, but whose members have no room, or work here no longer.
    """

    taken: Counter[UUID] = field(default_factory=Counter)
    given: Counter[UUID] = field(default_factory=Counter)
    untaken: int = 0
    full: int = 0


def deal(customers: Iterable[Any], rules: Sequence[Rule], held: Mapping[UUID, int], most: int) -> Deal:
    """Deal out customers without giving any away.

    Args:
        customers: rows with the columns that rules ask for.
        rules: in their order.
        held: member → tracked customers that he holds; nobody else gets any.
        most: customers that a member may hold; 0: any number.
    """
    found, turns = Deal(), {rule.id: deque(rule.members) for rule in rules}
    for customer in customers:
        rule = taking(customer, rules)
        if rule is None:
            found.untaken += 1
            continue
        found.taken[rule.id] += 1
        turn = turns[rule.id]
        to = next((one for one in turn if one in held and not (most and held[one] + found.given[one] >= most)), None)
        if to is None:
            found.full += 1
            continue
        found.given[to] += 1
        while turn[-1] != to:
            turn.rotate(-1)
    return found
