"""What a deal still lacks before it may go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from saas.crm.activities.models import Activity
from saas.crm.customers.models import Contact, DecisionRole
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities import rival_queries as rivals
from saas.crm.opportunities.models import Opportunity, Stage
from saas.crm.opportunities.needs import Need, unsaid
from saas.db import db

NOTHING: Mapping[str, Any] = {}


def passed(deal: Opportunity, target: Stage | None) -> list[Stage]:
    """The stages that a deal leaves on its way to `target`; None: to being won. Back is always free."""
    ours = pipelines.stages(deal.stage.pipeline_id)
    if target is not None and target.pipeline_id != deal.stage.pipeline_id:
        return [stage for stage in ours if stage.id == deal.stage_id]
    begins = deal.stage.position
    ends = len(ours) if target is None else target.position
    return [stage for stage in ours if begins <= stage.position < ends]


def lacking(deal: Opportunity, target: Stage | None, given: Mapping[str, Any] = NOTHING) -> list[Need]:
    """What the stages that a deal leaves on its way to `target` ask for and it lacks; None: on its way to being won.

    What must be done in a stage is asked for in the one where the deal stands: in those that it jumps over nothing
    could be done.

    Args:
        deal: an open deal.
        target: where it is to go.
        given: columns that are about to be written with the step.
    """
    left = passed(deal, target)
    asked = {Need(one) for stage in left for one in stage.needs}
    found = unmet(deal, asked, given)
    here = next((stage for stage in left if stage.id == deal.stage_id), None)
    if here is not None and Need.ACTIVITY in here.needs and not done_kinds(deal):
        found.append(Need.ACTIVITY)
    return found


def unmet(deal: Opportunity, asked: set[Need], given: Mapping[str, Any] = NOTHING) -> list[Need]:
    """Those of `asked` that the deal doesn't say, by itself or with what is about to be written."""
    found = unsaid(deal, asked, given)
    if Need.DECIDER in asked and not has_decider(given.get("account_id", deal.account_id)):
        found.append(Need.DECIDER)
    if Need.RIVAL in asked and not rivals.against(deal.id):
        found.append(Need.RIVAL)
    return found


def has_decider(account_id: UUID | None) -> bool:
    """True when somebody at this customer is known to decide."""
    theirs = (Contact.account_id == account_id, Contact.decision == DecisionRole.DECIDES, Contact.archived_at.is_(None))
    return account_id is not None and db.session.scalar(select(Contact.id).where(*theirs).limit(1)) is not None


def done_kinds(deal: Opportunity) -> set[str]:
    """The kinds of what was done about a deal since it came to its stage."""
    about = (Activity.about_kind == "opportunity", Activity.about_id == deal.id, Activity.cancelled_at.is_(None))
    statement = select(Activity.kind).where(*about, Activity.done_at >= deal.stage_since).distinct()
    return set(db.session.scalars(statement))
