"""Giving the orders of somebody who leaves to another."""

from __future__ import annotations

from uuid import UUID

from flask_babel import ngettext

from saas.crm.orders import queries
from saas.crm.orders.models import Order
from saas.db import new_id
from saas.tenants import events, handover
from saas.tenants.handover import ALL, Holding, Part
from saas.tenants.models import Member
from saas.tenants.scope import Actor

ASSIGNED = "order.assigned"


def hand_over(leaver_id: UUID, heir: Member, by: Actor, batch_id: UUID | None = None, part: Part = ALL) -> list[UUID]:
    """Give the orders of a leaver of which something is still to be done to `heir`; returns their ids."""
    found = queries.owned_by(leaver_id, *part.of(Order))
    rows = []
    for order in found:
        changed = {"number": order.label, "owner": [order.owner.name if order.owner else None, heir.name]}
        order.owner, order.owner_id, order.team_id = heir, heir.id, heir.team_id
        rows.append((order, changed | {"owner_id": heir.id}))
    if rows:
        events.record_many(ASSIGNED, rows, by=by, batch_id=batch_id or new_id())
    return [order.id for order in found]


handover.register(
    Holding(
        "sales_order.owner_id",
        words=lambda n: ngettext("%(num)s order under way", "%(num)s orders under way", n),
        count=queries.count_owned,
        pass_on=hand_over,
    )
)
