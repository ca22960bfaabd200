"""Giving the contracts of somebody who leaves to another."""

from __future__ import annotations

from uuid import UUID

from flask_babel import ngettext

from saas.crm.contracts import queries
from saas.crm.contracts.models import Contract
from saas.db import new_id
from saas.tenants import events, handover
from saas.tenants.handover import ALL, Holding, Part
from saas.tenants.models import Member
from saas.tenants.scope import Actor

ASSIGNED = "contract.assigned"


def hand_over(leaver_id: UUID, heir: Member, by: Actor, batch_id: UUID | None = None, part: Part = ALL) -> list[UUID]:
    """Give the contracts of a leaver that are still to be looked after to `heir`; returns their ids."""
    rows = []
    for contract in queries.owned_by(leaver_id, *part.of(Contract)):
        changed = {"number": contract.label, "owner": [contract.owner.name if contract.owner else None, heir.name]}
        contract.owner, contract.owner_id, contract.team_id = heir, heir.id, heir.team_id
        rows.append((contract, changed | {"owner_id": heir.id}))
    if rows:
        events.record_many(ASSIGNED, rows, by=by, batch_id=batch_id or new_id())
    return [contract.id for contract, _changed in rows]


handover.register(
    Holding(
        "contract.owner_id",
        words=lambda n: ngettext("%(num)s contract under way", "%(num)s contracts under way", n),
        count=queries.count_owned,
        pass_on=hand_over,
    )
)
