"""The verbs of pipelines: one more, another name, their order, and what becomes of the deals of one that goes."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from saas import clock
from saas.crm.customers.actions import apply
from saas.crm.opportunities import pipeline, play_actions
from saas.crm.opportunities import pipeline_queries as queries
from saas.crm.opportunities.models import Pipeline, Stage
from saas.db import db
from saas.errors import Refused
from saas.tenants import events
from saas.tenants.scope import Actor
from saas.versions import Overtaken

CREATED, CHANGED = "pipeline.created", "pipeline.changed"
ARCHIVED, RESTORED = "pipeline.archived", "pipeline.restored"
MOST = 12  # pipelines that a workspace may go


def add(name: str, pattern: Pipeline, *, by: Actor) -> Pipeline:
    """Add a pipeline at the end, with stages like those of another, and their play.

    Args:
        name: what it is called.
        pattern: whose stages it begins with; from then on they are its own.
        by: who adds it.

    Raises:
        Refused: there is one of this name, or as many as a workspace may have.
    """
    found = queries.lock_pipelines()
    _check_name(name, found)
    if len(found) >= MOST:
        raise Refused(_("A workspace has at most %(n)s pipelines. Archive one first.", n=MOST))
    made = Pipeline(name=name.strip(), position=len(found))
    db.session.add(made)
    db.session.flush()
    for stage in queries.stages(pattern.id):
        again = _like(stage, made)
        db.session.add(again)
        db.session.flush()
        db.session.add_all(play_actions.like(stage, again))
    db.session.flush()
    events.record(CREATED, made, by=by, changed={"name": made.label})
    return made


def rename(way: Pipeline, name: str, *, version: int | None, by: Actor) -> None:
    """Give a pipeline another name.

    Raises:
        Overtaken: somebody changed it since `version`.
        Refused: another one has this name.
    """
    if version is not None and version != way.version:
        raise Overtaken(way)
    _check_name(name, [one for one in queries.lock_pipelines() if one.id != way.id])
    if name.strip() == way.label:
        return  # the starting one stays translated
    if changed := apply(way, {"name": name.strip()}):
        events.record(CHANGED, way, by=by, changed=changed)


def place(way: Pipeline, position: int, *, by: Actor) -> None:
    """Put a pipeline at `position` (from 0); the others close up. New deals go the first one by themselves."""
    found = queries.lock_pipelines()
    others = [one for one in found if one.id != way.id]
    at = max(0, min(position, len(others)))
    ordered = [*others[:at], way, *others[at:]]
    if [one.id for one in ordered] != [one.id for one in found]:
        _number(ordered)
        events.record(CHANGED, way, by=by, changed={"name": way.label, "position": at})


def archive(way: Pipeline, heir: Stage, *, by: Actor) -> int:
    """Put a pipeline away; its open deals go to `heir`, a stage of another. Deals that ended there keep its stages.

    Returns:
        How many deals were moved.

    Raises:
        Refused: it is the last one, or `heir` is a stage of its own.
    """
    found = queries.lock_pipelines()
    if way.archived_at is not None:
        return 0
    if len(found) < 2 or heir.pipeline_id == way.id:
        raise Refused(_("A workspace needs at least one pipeline."))
    moved = pipeline.hand_on(queries.stages(way.id), heir, by=by)
    way.archived_at = clock.now()
    _number([one for one in found if one.id != way.id])
    events.record(ARCHIVED, way, by=by, changed={"name": way.label, "heir": heir.label, "deals": moved})
    return moved


def restore(way: Pipeline, *, by: Actor) -> None:
    """Bring a pipeline back, as the last one, with the stages that it had.

    Raises:
        Refused: another one has its name by now, or there are as many as a workspace may have.
    """
    found = queries.lock_pipelines()
    if way.archived_at is None:
        return
    _check_name(way.label, found)
    if len(found) >= MOST:
        raise Refused(_("A workspace has at most %(n)s pipelines. Archive one first.", n=MOST))
    way.archived_at, way.position = None, len(found)
    events.record(RESTORED, way, by=by, changed={"name": way.label})


def _like(stage: Stage, way: Pipeline) -> Stage:
    kept = ("key", "name", "position", "probability", "colour", "needs", "most", "patience")
    return Stage(pipeline_id=way.id, **{name: getattr(stage, name) for name in kept})


def _number(ordered: Sequence[Pipeline]) -> None:
    for position, one in enumerate(ordered):
        if one.position != position:
            one.position = position


def _check_name(name: str, others: Sequence[Pipeline]) -> None:
    if any(one.label.casefold() == name.strip().casefold() for one in others):
        raise Refused(_("There is a pipeline of this name already."), field="name")
