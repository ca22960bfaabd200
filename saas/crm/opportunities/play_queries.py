"""Reads of the play, and the step of it that a deal is at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from saas.crm.opportunities import need_queries
from saas.crm.opportunities.models import Opportunity
from saas.crm.opportunities.needs import Need
from saas.crm.opportunities.play_models import PlayStep, Proof
from saas.db import db
from saas.found import the_one
from saas.kept import kept
from saas.statements import Statement, written_once


@written_once
def _steps() -> Statement:
    return select(PlayStep).order_by(PlayStep.position, PlayStep.id)


@kept
def _rows() -> Sequence[Any]:
    return _steps().plain()


def play(stage_id: UUID) -> list[PlayStep]:
    """What is to be done in a stage, first to last."""
    return [step for row in _rows() if (step := _steps().row(row)[0]).stage_id == stage_id]


def step(stage_id: UUID, step_id: UUID) -> PlayStep:
    """A step of a stage's play.

    Raises:
        NotFound: there is none of that id.
    """
    return the_one(select(PlayStep).where(PlayStep.id == step_id, PlayStep.stage_id == stage_id))


def lock_play(stage_id: UUID) -> list[PlayStep]:
    """`play`, held until the transaction ends: two who change its order take turns."""
    statement = select(PlayStep).where(PlayStep.stage_id == stage_id).order_by(PlayStep.position, PlayStep.id)
    return list(db.session.scalars(statement.with_for_update().execution_options(populate_existing=True)))


def undone(deal: Opportunity) -> list[PlayStep]:
    """The steps of its stage's play that a deal has still before it, first to last."""
    steps = play(deal.stage_id)
    asked = [step.what for step in steps if step.proof is Proof.FIELD]
    lacking = set(need_queries.unmet(deal, {Need(one) for one in asked}))
    done = need_queries.done_kinds(deal) if len(asked) < len(steps) else set()
    return [step for step in steps if (step.what in lacking if step.proof is Proof.FIELD else step.what not in done)]
