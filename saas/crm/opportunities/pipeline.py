"""The verbs of the stages: their order, and what becomes of the deals of a stage that goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock
from saas.crm.customers.actions import apply
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities import play_actions, queries
from saas.crm.opportunities.models import (
    IS_OPEN,
    STARTING_PIPELINES,
    STARTING_STAGES,
    Opportunity,
    Pipeline,
    Result,
    Stage,
    StageChange,
)
from saas.db import current_tenant, db, new_id
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.models import Member
from saas.tenants.scope import Actor
from saas.versions import Overtaken

STAGE_CREATED, STAGE_CHANGED, STAGE_REMOVED = "stage.created", "stage.changed", "stage.removed"
MOST = 12  # stages a pipeline may have


def stages() -> list[Stage]:
    """The stages of all pipelines, each from left to right; a workspace that has none yet gets the starting ones."""
    found = queries.stages()
    return found if found or pipelines.every_pipeline() else _start()


def _start() -> list[Stage]:
    """Write the starting pipeline, its stages and their play. Two may look at once: the second finds the first's."""
    for place, key in enumerate(STARTING_PIPELINES):
        once = upsert(Pipeline).values(_new(key, place)).on_conflict_do_nothing(**_keyed(Pipeline, "key"))
        db.session.execute(once)
    first = pipelines.pipelines()[0]
    rows = [
        _new(key, place) | {"pipeline_id": first.id, "probability": probability, "colour": colour}
        for place, (key, (_name, probability, colour)) in enumerate(STARTING_STAGES.items())
    ]
    db.session.execute(upsert(Stage).values(rows).on_conflict_do_nothing(**_keyed(Stage, "pipeline_id", "key")))
    play_actions.start(queries.stages())
    return queries.stages()


def _new(key: str, position: int) -> dict[str, Any]:
    stamps = dict.fromkeys(("created_at", "updated_at"), clock.now())
    return {"tenant_id": current_tenant(), "id": new_id(), "key": key, "position": position, "version": 1, **stamps}


def _keyed(model: Any, *columns: str) -> dict[str, Any]:
    return {"index_elements": ["tenant_id", *columns], "index_where": model.key.is_not(None)}


def add(
    name: str,
    *,
    probability: int,
    colour: str,
    by: Actor,
    pipeline_id: UUID | None = None,
    batch_id: UUID | None = None,
) -> Stage:
    """Add a stage at the end of a pipeline.

    Args:
        name, probability, colour: of the stage.
        by: who adds it.
        pipeline_id: its pipeline; the first one when left out.
        batch_id: of the import that needs it, if one does.

    Raises:
        Refused: the pipeline has a stage of this name, or as many as it may.
    """
    stages()
    way = pipeline_id or pipelines.pipelines()[0].id
    found = pipelines.lock_stages(way)
    _check_name(name, found)
    if len(found) >= MOST:
        raise Refused(_("A pipeline has at most %(n)s stages. Take one out first.", n=MOST))
    made = Stage(pipeline_id=way, name=name.strip(), position=len(found), probability=probability, colour=colour)
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
    _check_name(values["name"], [s for s in pipelines.lock_stages(stage.pipeline_id) if s.id != stage.id])
    if values["name"] == stage.label:
        values = {k: v for k, v in values.items() if k != "name"}  # a starting stage stays translated
    changed = apply(stage, values)
    if changed:
        events.record(STAGE_CHANGED, stage, by=by, changed={"name": stage.label} | changed)
    return changed


def place(stage: Stage, position: int, *, by: Actor) -> None:
    """Put a stage at `position` (from 0); the others close up."""
    found = pipelines.lock_stages(stage.pipeline_id)
    before = [s.id for s in found]
    others = [s for s in found if s.id != stage.id]
    at = max(0, min(position, len(others)))
    ordered = [*others[:at], stage, *others[at:]]
    if [s.id for s in ordered] != before:
        _number(ordered)
        events.record(STAGE_CHANGED, stage, by=by, changed={"name": stage.label, "position": at})


def remove(stage: Stage, heir: Stage, *, by: Actor) -> int:
    """Take a stage out of its pipeline; its open deals go to `heir`. Finished deals keep it.

    Returns:
        How many deals were moved.

    Raises:
        Refused: it is the pipeline's only stage, or `heir` is the stage itself.
    """
    found = pipelines.lock_stages(stage.pipeline_id)
    if len(found) < 2 or heir.id == stage.id:
        raise Refused(_("A pipeline needs at least one stage."))
    moved = hand_on([stage], heir, by=by)
    stage.name, stage.key = stage.label, None
    stage.archived_at = clock.now()
    _number([s for s in found if s.id != stage.id])
    events.record(STAGE_REMOVED, stage, by=by, changed={"name": stage.label, "heir": heir.label, "deals": moved})
    return moved


def hand_on(left: Sequence[Stage], heir: Stage, *, by: Actor) -> int:
    """Take all open deals out of these stages to `heir`; returns how many. No rule holds them: their stage goes."""
    ids = [stage.id for stage in left]
    moved = list(db.session.scalars(select(Opportunity).where(IS_OPEN, Opportunity.stage_id.in_(ids))))
    move_all(moved, heir, by=by)
    return len(moved)


def again(stage: Stage) -> Stage:
    """Where a deal stands that ended here and is open again: the first stage, where this one is no more."""
    live = stages()
    ours = [one for one in live if one.pipeline_id == stage.pipeline_id]
    return next((one for one in live if one.id == stage.id), (ours or live)[0])


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
    facts = {
        "name": one.name,
        "stage": [stage.label for stage in both],
        "stage_id": [stage.id for stage in both],
        "stage_key": [None if stage.name else stage.key for stage in both],
        "probability": [one.probability, after.probability],
    }
    if one.stage.pipeline_id != after.pipeline_id:
        facts["pipeline"] = [pipelines.pipeline(stage.pipeline_id).label for stage in both]
    return facts


def _number(ordered: Sequence[Stage]) -> None:
    for position, stage in enumerate(ordered):
        if stage.position != position:
            stage.position = position


def _check_name(name: str, others: Sequence[Stage]) -> None:
    if any(s.label.casefold() == name.strip().casefold() for s in others):
        raise Refused(_("There is a stage of this name already."), field="name")
