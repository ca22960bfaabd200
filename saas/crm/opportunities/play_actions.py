"""The verbs of the play: its steps, their order, and the play that a workspace starts with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock
from saas.crm.customers.actions import apply
from saas.crm.opportunities import play_queries as queries
from saas.crm.opportunities.models import Stage
from saas.crm.opportunities.play_models import STARTING_PLAY, PlayStep
from saas.db import current_tenant, db, new_id
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.scope import Actor
from saas.versions import Overtaken

CHANGED = "stage.play_changed"
MOST = 12  # steps of one stage


def start(stages: Sequence[Stage]) -> None:
    """Write the starting play of starting stages. Two may do so at once: the second finds the first's."""
    rows = [
        _new(stage, f"{stage.key}.{key}", place) | {"proof": proof, "what": str(what)}
        for stage in stages
        for place, (key, (_text, proof, what)) in enumerate(STARTING_PLAY.get(stage.key or "", {}).items())
    ]
    once: dict[str, Any] = {
        "index_elements": ["tenant_id", "stage_id", "key"],
        "index_where": PlayStep.key.is_not(None),
    }
    db.session.execute(upsert(PlayStep).values(rows).on_conflict_do_nothing(**once))


def like(pattern: Stage, stage: Stage) -> list[PlayStep]:
    """The steps of one stage, made again for another."""
    kept = ("key", "text", "position", "proof", "what")
    return [
        PlayStep(stage_id=stage.id, **{name: getattr(step, name) for name in kept}) for step in queries.play(pattern.id)
    ]


def add(stage: Stage, values: Mapping[str, Any], *, by: Actor) -> PlayStep:
    """Add a step at the end of a stage's play; `values` holds text, proof and what.

    Raises:
        Refused: the stage has as many as it may.
    """
    found = queries.lock_play(stage.id)
    if len(found) >= MOST:
        raise Refused(_("A stage has at most %(n)s steps. Take one out first.", n=MOST), field="text")
    made = PlayStep(stage_id=stage.id, position=len(found), **values)
    db.session.add(made)
    db.session.flush()
    _tell(stage, made, by=by)
    return made


def change(stage: Stage, step: PlayStep, values: Mapping[str, Any], *, version: int | None, by: Actor) -> None:
    """Write what a form holds.

    Raises:
        Overtaken: somebody changed it since `version`.
    """
    if version is not None and version != step.version:
        raise Overtaken(step)
    if values["text"] == step.label:
        values = {name: value for name, value in values.items() if name != "text"}  # a starting one stays translated
    if apply(step, values):
        _tell(stage, step, by=by)


def place(stage: Stage, step: PlayStep, position: int, *, by: Actor) -> None:
    """Put a step at `position` (from 0); the others close up."""
    others = [one for one in queries.lock_play(stage.id) if one.id != step.id]
    at = max(0, min(position, len(others)))
    _number([*others[:at], step, *others[at:]])
    _tell(stage, step, by=by)


def remove(stage: Stage, step: PlayStep, *, by: Actor) -> None:
    """Take a step out."""
    found = queries.lock_play(stage.id)
    _tell(stage, step, by=by)
    db.session.delete(step)
    _number([one for one in found if one.id != step.id])


def _new(stage: Stage, key: str, position: int) -> dict[str, Any]:
    stamps = dict.fromkeys(("created_at", "updated_at"), clock.now())
    return {
        "tenant_id": current_tenant(),
        "id": new_id(),
        "stage_id": stage.id,
        "key": key,
        "position": position,
        "version": 1,
        **stamps,
    }


def _number(ordered: Sequence[PlayStep]) -> None:
    for position, step in enumerate(ordered):
        if step.position != position:
            step.position = position


def _tell(stage: Stage, step: PlayStep, *, by: Actor) -> None:
    events.record(CHANGED, stage, by=by, changed={"name": stage.label, "step": step.label})
