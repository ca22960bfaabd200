"""Reads of pipelines and their stages, which most pages of deals name: read once a process, until they change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, false, func, or_, select

from saas.crm.opportunities.models import IS_OPEN, Opportunity, Pipeline, Stage
from saas.db import db
from saas.found import known, the_one
from saas.kept import kept
from saas.statements import Statement, written_once


@written_once
def _pipelines() -> Statement:
    return select(Pipeline).order_by(Pipeline.position, Pipeline.id)


@written_once
def _stages() -> Statement:
    return select(Stage).order_by(Stage.position, Stage.id)


@kept
def _rows() -> tuple[Sequence[Any], Sequence[Any]]:
    return _pipelines().plain(), _stages().plain()


def every_pipeline() -> list[Pipeline]:
    """All pipelines in their order, archived ones too; empty until the workspace's first look at its deals."""
    return [_pipelines().row(row)[0] for row in _rows()[0]]


def every_stage() -> list[Stage]:
    """All stages, by pipeline and from left to right; those taken out and those of archived pipelines too."""
    found = [_stages().row(row)[0] for row in _rows()[1]]
    places = {pipeline.id: place for place, pipeline in enumerate(every_pipeline())}
    return sorted(found, key=lambda stage: places[stage.pipeline_id])


def pipelines() -> list[Pipeline]:
    """The pipelines that deals go, in their order."""
    return [pipeline for pipeline in every_pipeline() if pipeline.archived_at is None]


def stages(pipeline_id: UUID | None = None) -> list[Stage]:
    """The stages in which a deal may stand, by pipeline and from left to right; of one pipeline if it is named."""
    live = {one.id for one in pipelines() if pipeline_id in {None, one.id}}
    return [stage for stage in every_stage() if stage.archived_at is None and stage.pipeline_id in live]


def pipeline(pipeline_id: UUID) -> Pipeline:
    """A pipeline, archived or not.

    Raises:
        NotFound: there is none of that id.
    """
    return known(next((one for one in every_pipeline() if one.id == pipeline_id), None))


def titles() -> dict[UUID, str]:
    """Stage id → its name, after that of its pipeline where there are several; of all stages there ever were."""
    several = len(pipelines()) > 1
    names = {one.id: one.label for one in every_pipeline()}

    def title(stage: Stage) -> str:
        parts = {"pipeline": names[stage.pipeline_id], "stage": stage.label}
        return _("%(pipeline)s: %(stage)s", **parts) if several else stage.label

    return {stage.id: title(stage) for stage in every_stage()}


def pipeline_words() -> dict[UUID, str]:
    """Stage id → the name of its pipeline."""
    names = {one.id: one.label for one in every_pipeline()}
    return {stage.id: names[stage.pipeline_id] for stage in every_stage()}


def in_pipeline(pipeline_id: UUID) -> ColumnElement[bool]:
    """True of the deals that go, or went, this way."""
    return Opportunity.stage_id.in_([stage.id for stage in every_stage() if stage.pipeline_id == pipeline_id])


def is_stuck(now: datetime) -> ColumnElement[bool]:
    """True of open deals that have stood in their stage for longer than its limit."""
    here, since = Opportunity.stage_id, Opportunity.stage_since
    return and_(IS_OPEN, or_(false(), *((here == one.id) & (since < now - one.limit) for one in stages())))


def count_open(*stage_ids: UUID) -> int:
    """How many open deals lie in these stages, whoever has them."""
    statement = select(func.count()).select_from(Opportunity).where(IS_OPEN, Opportunity.stage_id.in_(stage_ids))
    return db.session.scalar(statement) or 0


def lock_pipelines() -> list[Pipeline]:
    """`pipelines`, held until the transaction ends: two who change their order take turns."""
    statement = select(Pipeline).where(Pipeline.archived_at.is_(None)).order_by(Pipeline.position, Pipeline.id)
    return list(db.session.scalars(statement.with_for_update().execution_options(populate_existing=True)))


def lock_pipeline(pipeline_id: UUID) -> Pipeline:
    """One pipeline, held until the transaction ends.

    Raises:
        NotFound: there is none of that id.
    """
    statement = select(Pipeline).where(Pipeline.id == pipeline_id).with_for_update()
    return the_one(statement.execution_options(populate_existing=True))


def lock_stages(pipeline_id: UUID) -> list[Stage]:
    """The stages of a pipeline, held until the transaction ends: two who change their order take turns."""
    mine = (Stage.pipeline_id == pipeline_id, Stage.archived_at.is_(None))
    statement = select(Stage).where(*mine).order_by(Stage.position, Stage.id).with_for_update()
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))
