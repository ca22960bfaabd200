"""Whether those who look after customers, as a file says it, may hold so many: counted before a row is brought in.

Whoever brings the file chooses what becomes of those that are too many: they go to their owners all the same, beyond
the limit; or they come into the pool, and those that are here already stay with whoever has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from saas.crm.customers.models import Standing
from saas.crm.pool import queries as pools
from saas.crm.transfer.kind import Plan, Work
from saas.crm.transfer.models import ImportRun
from saas.tenants import queries as tenants
from saas.tenants.models import Member, MemberStatus

OPTION = "full"  # of an import: what becomes of those that are too many
SPARE = "pool"  # into the pool, or where they are; else they go to their owners, beyond the limit
TAKEN, BEYOND = "taken:", "beyond:"  # before the id of an owner: counts of rows that he gets, and that are too many


@dataclass(frozen=True)
class Crowd:
    """Customers of a file that are more than their owner may hold.

    held: how many he holds without the file.
    most: how many he may hold.
    many: how many are too many.
    """

    name: str
    held: int
    most: int
    many: int


def weigh(plans: Sequence[Plan], work: Work, mine: Member | None) -> None:
    """Take a place with its owner for each row that gives somebody a customer, and decide where there is none left.

    Args:
        plans: of a chunk; `owner` is taken out of those that come into the pool, or stay with whoever has them.
        work: what they share.
        mine: who looks after new customers of which the file doesn't say it.
    """
    are_spared = work.run.options.get(OPTION) == SPARE
    for plan in plans:
        if plan.record is None and "owner" not in plan.values and mine is not None:
            plan.values["owner"] = mine
        owner = plan.values.get("owner")
        if owner is None or not _adds(plan, owner, work):
            continue
        key = str(owner.id) if isinstance(owner, Member) else plan.names["owner"]
        most, held = _most(plan, work), _held(owner, key, work)
        is_full = bool(most) and held >= most
        is_spared = is_full and are_spared
        if is_spared:
            del plan.values["owner"]
        else:
            work.memo["holdings"][key] = held + 1
        if work.is_rehearsal:
            words = {TAKEN: not is_spared, BEYOND: is_full}
            plan.counts = {f"{word}{key}": 1 for word, holds in words.items() if holds}


def without_taken(counts: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of an import whose rows are all weighed."""
    return {key: many for key, many in counts.items() if not key.startswith(TAKEN)}


def crowds(run: ImportRun) -> list[Crowd]:
    """Who would hold more than he may with the rows of an import that was checked, by name."""
    many = {key.removeprefix(BEYOND): n for key, n in run.counts.items() if key.startswith(BEYOND)}
    known = {str(one.id): one for one in tenants.members(*MemberStatus) if str(one.id) in many}
    most, found = pools.rules().holdings, []
    for key, n in many.items():
        one = known.get(key)  # none of those that the import is to make
        found.append(Crowd(one.name if one else key, pools.count_holdings(one) if one else 0, most, n))
    return sorted(found, key=lambda one: one.name)


def _adds(plan: Plan, owner: Any, work: Work) -> bool:
    """True when the row gives its owner one more customer that counts."""
    if plan.record is None:
        return True
    if not work.run.options.get("update_by") or plan.record.archived_at is not None:
        return False
    return bool(plan.record.owner_id != owner.id and plan.record.standing is not Standing.CUSTOMER)


def _most(plan: Plan, work: Work) -> int:
    pool = plan.values.get("pool")
    pool_id = pool.id if pool is not None else getattr(plan.record, "pool_id", None)
    return int(work.once(f"most:{pool_id}", lambda: pools.rules(pool_id).holdings))


def _held(owner: Any, key: str, work: Work) -> int:
    """How many he holds by now; a rehearsal has written nothing, so that what it has counted before comes on top."""
    known: dict[str, int] = work.once("holdings", dict)
    if key not in known:
        before = int(work.run.counts.get(f"{TAKEN}{key}", 0)) if work.is_rehearsal else 0
        if isinstance(owner, Member):
            before += pools.count_holdings(owner if work.is_rehearsal else tenants.lock_member(owner))
        known[key] = before
    return known[key]
