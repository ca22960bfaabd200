"""Who may get a customer, and how many somebody may hold: the one rule for every way in.

Claims, assignments, hand-overs, entries and files are all held to it, and so is an undo that goes customer by customer
and can leave one where it is. Those that have bought are held to nothing, nor is whatever puts things as they were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask_babel import gettext as _

from saas.crm.customers import giving
from saas.crm.customers.giving import Excess
from saas.crm.customers.models import Account, Standing
from saas.crm.pool import queries
from saas.crm.pool.rules import Rules
from saas.errors import Refused
from saas.tenants import queries as tenants
from saas.tenants.models import Member


class QuotaReached(Refused):
    """The member has claimed, or holds, as many as the workspace allows."""


class Shut(Refused):
    """The pool is for others, or the customer has only just come."""


def refuse_beyond(accounts: Sequence[Account], to: Member, beyond: bool = False) -> Excess | None:
    """Hold somebody who is to get customers to the rules of their pools, whatever way they come to him.

    Args:
        accounts: which; of those that he has already only what comes out of the archive counts.
        to: who gets them. His row is held, so that two who give to him at once can't both take the last place.
        beyond: the limit is gone beyond knowingly.

    Returns:
        How far he is beyond the limit then; None: he isn't.

    Raises:
        Shut: a pool isn't open to him.
        QuotaReached: he has no room left.
    """
    tracked = [one for one in accounts if one.standing is not Standing.CUSTOMER]
    shut = queries.doors(to).shut if any(one.pool_id for one in tracked) else frozenset()
    if any(one.pool_id in shut and one.owner_id != to.id for one in tracked):
        raise Shut(_("This pool isn't open to %(name)s.", name=to.name), field="owner_id")
    fresh = [one for one in tracked if (one.owner_id == to.id) == (one.archived_at is not None)]
    limits = [rules for pool_id in {one.pool_id for one in fresh} if (rules := queries.rules(pool_id)).holdings]
    if not limits:
        return None
    narrow = min(limits, key=lambda one: one.holdings)
    excess = _excess(to, len(fresh), narrow)
    if excess is not None and not beyond:
        raise QuotaReached(excess.sentence(), field="owner_id")
    return excess


def _excess(to: Member, more: int, rules: Rules) -> Excess | None:
    held = queries.count_holdings(tenants.lock_member(to))
    if held + more <= rules.holdings:
        return None
    return Excess(to.name, held, more, rules.holdings, rules.overflows)


giving.ask_before(refuse_beyond)


class Rooms:
    """How many customers each of some members may still take, where many are given one by one; their rows are held."""

    def __init__(self, members: Mapping[UUID, Member]) -> None:
        self.members = {key: tenants.lock_member(members[key]) for key in sorted(members)}
        self._held = {key: queries.count_holdings(one) for key, one in self.members.items()}
        self._most: dict[UUID | None, int] = {}

    def enter(self, member_id: UUID, pool_id: UUID | None) -> bool:
        """Take a place with a member for a customer of a pool; False where he has none left."""
        if pool_id not in self._most:
            self._most[pool_id] = queries.rules(pool_id).holdings
        most = self._most[pool_id]
        if most and self._held[member_id] >= most:
            return False
        self._held[member_id] += 1
        return True
