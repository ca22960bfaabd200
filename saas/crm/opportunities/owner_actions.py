"""Whose a deal is: given to a colleague by hand, and handed over when somebody leaves."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask_babel import ngettext
from sqlalchemy import delete, update

from saas import search
from saas.archive import refuse_archived
from saas.crm.opportunities import queries
from saas.crm.opportunities.models import Opportunity
from saas.crm.opportunities.share_models import DealShare
from saas.db import db, new_id
from saas.tenants import events, handover
from saas.tenants.handover import ALL, Holding, Part
from saas.tenants.models import Member
from saas.tenants.scope import Actor

ASSIGNED = "opportunity.assigned"


def assign(opportunity: Opportunity, owner: Member, *, by: Actor) -> None:
    """Give a deal to a colleague.

    Raises:
        Archived: it was put away.
    """
    refuse_archived(opportunity)
    if opportunity.owner_id == owner.id:
        return
    before = opportunity.owner.name if opportunity.owner else None
    _give([opportunity], owner)
    changed = {"name": opportunity.name, "owner": [before, owner.name], "owner_id": owner.id}
    events.record(ASSIGNED, opportunity, by=by, changed=changed)


def hand_over(leaver_id: UUID, heir: Member, by: Actor, batch_id: UUID | None = None, part: Part = ALL) -> list[UUID]:
    """Give the open deals of a leaver to `heir`; returns their ids. What is won or lost stays his work."""
    found = queries.owned_by(leaver_id, *part.of(Opportunity))
    _give(found, heir)
    changed = {"owner": [None, heir.name], "owner_id": heir.id}
    rows = [(one, changed | {"name": one.name}) for one in found]
    if rows:
        events.record_many(ASSIGNED, rows, by=by, batch_id=batch_id or new_id())
    return [one.id for one in found]


def _give(found: Sequence[Opportunity], owner: Member) -> None:
    ids = [one.id for one in found]
    for one in found:
        one.owner, one.owner_id, one.team_id = owner, owner.id, owner.team_id
    db.session.execute(delete(DealShare).where(DealShare.opportunity_id.in_(ids), DealShare.owner_id == owner.id))
    entries = update(search.SearchEntry).values(owner_id=owner.id, team_id=owner.team_id)
    mine = (search.SearchEntry.kind == "opportunity") & search.SearchEntry.subject_id.in_(ids)
    db.session.execute(entries.where(mine).execution_options(synchronize_session=False))


handover.register(
    Holding(
        "opportunity.owner_id",
        words=lambda n: ngettext("%(num)s open deal", "%(num)s open deals", n),
        count=queries.count_owned,
        pass_on=hand_over,
    )
)
