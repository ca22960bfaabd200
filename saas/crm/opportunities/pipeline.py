"""The verbs of the pipeline: its stages, their order, and what becomes of the deals of a stage that goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock
from saas.crm.customers.actions import apply
from saas.crm.opportunities import queries
from saas.crm.opportunities.models import IS_OPEN, STARTING_STAGES, Opportunity, Result, Stage, StageChange
from saas.db import current_tenant, db, new_id
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.models import Member
from saas.tenants.scope import Actor
from saas.versions import Overtaken

STAGE_CREATED, STAGE_CHANGED, STAGE_REMOVED = "stage.created", "stage.changed", "stage.removed"
MOST = 12  # stages a pipeline may have


def stages() -> list[Stage]:
    """The stages from left to right; a workspace that has none yet gets the starting ones."""
    found = queries.stages()
    if found:
        return found
    now = clock.now()
    rows = [
        {
            "tenant_id": current_tenant(),
            "id": new_id(),
            "key": key,
            "position": position,
            "probability": probability,
            "colour": colour,
            "created_at": now,
            "updated_at": now,
            "version": 1,
        }
        for position, (key, (_name, probability, colour)) in enumerate(STARTING_STAGES.items())
    ]
    # Two may look at once: the second finds the first's.
    statement = upsert(Stage).values(rows)
    once = statement.on_conflict_do_nothing(index_elements=["tenant_id", "key"], index_where=Stage.key.is_not(None))
    db.session.execute(once)
    return queries.stages()


def add(name: str, *, probability: int, colour: str, by: Actor, batch_id: UUID | None = None) -> Stage:
    """Add a stage at the end; `batch_id` is of the import that needs it, if one does.

    Raises:
        Refused: the pipeline has a stage of this name, or as many as it may.
    """
    found = _locked()
    _check_name(name, found)
    if len(found) >= MOST:
        raise Refused(_("A pipeline has at most %(n)s stages. Take one out first.", n=MOST))
    made = Stage(name=name.strip(), position=len(found), probability=probability, colour=colour)
    db.session.add(made)
    db.session.flush()
    events.record(STAGE_CREATED, made, by=by, changed={"name": made.label}, batch_id=batch_id)
    return made


def change(stage: Stage, values: dict[str, Any], *, version: int | None, by: Actor) -> dict[str, Any]:
    """Rename a stage, or give it another probability or colour; deals in it keep their own probability.

    Raises:
        Overtaken: somebody changed it since `version`.
        Refused: another stage has this name.
    """
    if version is not None and version != stage.version:
        raise Overtaken(stage)
    _check_name(values["name"], [s for s in _locked() if s.id != stage.id])
    if values["name"] == stage.label:
        values = {k: v for k, v in values.items() if k != "name"}  # a starting stage stays translated
    changed = apply(stage, values)
    if changed:
        events.record(STAGE_CHANGED, stage, by=by, changed={"name": stage.label} | changed)
    return changed


def place(stage: Stage, position: int, *, by: Actor) -> None:
    """Put a stage at `position` (from 0); the others close up."""
    found = _locked()
    before = [s.id for s in found]
    others = [s for s in found if s.id != stage.id]
    at = max(0, min(position, len(others)))
    ordered = [*others[:at], stage, *others[at:]]
    if [s.id for s in ordered] != before:
        _number(ordered)
        events.record(STAGE_CHANGED, stage, by=by, changed={"name": stage.label, "position": at})


def remove(stage: Stage, heir: Stage, *, by: Actor) -> int:
    """Take a stage out of the pipeline; its open deals go to `heir`. Finished deals keep it.

    Returns:
        How many deals were moved.

    Raises:
        Refused: it is the only stage, or `heir` is the stage itself.
    """
    found = _locked()
    if len(found) < 2 or heir.id == stage.id:
        raise Refused(_("A pipeline needs at least one stage."))
    moved = list(db.session.scalars(select(Opportunity).where(IS_OPEN, Opportunity.stage_id == stage.id)))
    move_all(moved, heir, by=by)
    stage.name, stage.key = stage.label, None
    stage.archived_at = clock.now()
    _number([s for s in found if s.id != stage.id])
    events.record(STAGE_REMOVED, stage, by=by, changed={"name": stage.label, "heir": heir.label, "deals": len(moved)})
    return len(moved)


def move_all(found: Sequence[Opportunity], stage: Stage, *, by: Actor) -> None:
    """Take open deals to a stage together: a step and an event each, many to an insert."""
    now = clock.now()
    changer: UUID | None = by.id if isinstance(by, Member) else None
    rows = []
    for one in found:
        changed = step_facts(one, stage)
        one.stage, one.stage_id, one.stage_since, one.probability = stage, stage.id, now, stage.probability
        rows.append((one, changed))
    db.session.flush()
    db.session.add_all(
        StageChange(opportunity_id=o.id, stage_id=stage.id, result=Result.OPEN, changed_at=now, changed_by_id=changer)
        for o in found
    )
    if rows:
        events.record_many("opportunity.moved", rows, by=by, batch_id=new_id())


def step_facts(one: Opportunity, after: Stage) -> dict[str, Any]:
    """What an event says of a step to `after`: names as they are now, and the keys of those that are translated."""
    both = (one.stage, after)
    return {
        "name": one.name,
        "stage": [stage.label for stage in both],
        "stage_id": [stage.id for stage in both],
        "stage_key": [None if stage.name else stage.key for stage in both],
        "probability": [one.probability, after.probability],
    }


def _locked() -> list[Stage]:
    stages()
    return queries.lock_stages()


def _number(ordered: Sequence[Stage]) -> None:
    for position, stage in enumerate(ordered):
        if stage.position != position:
            stage.position = position


def _check_name(name: str, others: Sequence[Stage]) -> None:
    if any(s.label.casefold() == name.strip().casefold() for s in others):
        raise Refused(_("There is a stage of this name already."), field="name")
