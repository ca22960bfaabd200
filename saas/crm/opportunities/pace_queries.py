"""How long deals take, from stage to stage and as a whole, and how often they are won."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Double, Select, func, literal, literal_column, select, type_coerce

from saas.crm.customers.models import Account
from saas.crm.opportunities import pipeline_queries as pipelines
from saas.crm.opportunities.models import CLOSED, Opportunity, Result, Stage, StageChange
from saas.crm.opportunities.queries import IS_KEPT, listed
from saas.crm.opportunities.wins import ENOUGH, Wins
from saas.db import db

DAY = 86_400  # seconds
QUARTERS: Any = literal([0.25, 0.5, 0.75], ARRAY(Double()))
MOST = 50  # groups that are shown
IS_OVER = Opportunity.result != Result.OPEN


@dataclass(frozen=True)
class Spread:
    """How long something took: how often it happened, and what a quarter, half and three quarters of it took at most,
    in days."""

    count: int
    days: tuple[float, float, float]

    @property
    def says_something(self) -> bool:
        """True when there were enough."""
        return self.count >= ENOUGH


def ended(since: date | None, *where: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    """The deals within the reader's reach that ended on `since` or later; ever, where that is None."""
    return (*listed(), IS_OVER, *([since <= CLOSED] if since else []), *where)


def stage_times(stages: Sequence[Stage], *where: ColumnElement[bool]) -> dict[UUID, Spread]:
    """How long the deals that fit stood in each of these stages, those that came there twice both times together."""
    ids = [stage.id for stage in stages]
    stood = _stood(*where).subquery()
    spread = _spread(stood.c.days)
    statement = select(stood.c.stage_id, func.count(), spread).where(stood.c.stage_id.in_(ids))
    found = db.session.execute(statement.group_by(stood.c.stage_id))
    return {key: Spread(many, tuple(days)) for key, many, days in found}


def _stood(*where: ColumnElement[bool]) -> Select[Any]:
    """(deal, stage, days) of the deals that fit."""
    following = func.lead(StageChange.changed_at).over(
        partition_by=StageChange.opportunity_id, order_by=(StageChange.changed_at, StageChange.id)
    )
    steps = (
        select(
            StageChange.opportunity_id,
            StageChange.stage_id,
            StageChange.result,
            (following - StageChange.changed_at).label("stood"),
        )
        .join(Opportunity, Opportunity.id == StageChange.opportunity_id)
        .where(*where)
        .subquery()
    )
    days = func.sum(func.extract("epoch", steps.c.stood)) / DAY
    return (
        select(steps.c.opportunity_id, steps.c.stage_id, days.label("days"))
        .where(steps.c.result == Result.OPEN, steps.c.stood.is_not(None))
        .group_by(steps.c.opportunity_id, steps.c.stage_id)
    )


def cycles(*where: ColumnElement[bool]) -> dict[Result, Spread]:
    """How long the deals that fit took from their first day to their last, by how they ended."""
    days = Opportunity.closed_on - Opportunity.opened_on
    spread = _spread(days)
    statement = select(Opportunity.result, func.count(), spread).where(*where, Opportunity.closed_on.is_not(None))
    found = db.session.execute(statement.group_by(Opportunity.result))
    return {result: Spread(many, tuple(taken)) for result, many, taken in found}


def _spread(days: Any) -> Any:
    return type_coerce(func.percentile_cont(QUARTERS).within_group(days), ARRAY(Double()))


def wins_by_stage(*where: ColumnElement[bool]) -> dict[UUID, Wins]:
    """How the deals that fit ended, by the stage where they did."""
    return dict(_wins(Opportunity.stage_id, *where))


def wins_by_owner(*where: ColumnElement[bool]) -> list[tuple[Any, Wins]]:
    """How they ended, by the id of whose they are."""
    return _wins(Opportunity.owner_id, *where)


def wins_by_source(*where: ColumnElement[bool]) -> list[tuple[Any, Wins]]:
    """How they ended, by how their customers came: words of a dictionary."""
    return _wins(Account.source, *where, join=True)


def wins_by_month(*where: ColumnElement[bool]) -> list[tuple[Any, Wins]]:
    """How they ended, by the first day of the month, the latest first."""
    found = _wins(func.date_trunc("month", Opportunity.closed_on), *where, order=literal_column("1").desc())
    return [(value.date(), wins) for value, wins in found if value is not None]


LARGEST = func.count().desc()


def _wins(value: Any, *where: ColumnElement[bool], join: bool = False, order: Any = LARGEST) -> list[tuple[Any, Wins]]:
    won, lost = (func.count().filter(Opportunity.result == result) for result in (Result.WON, Result.LOST))
    statement = select(value.label("value"), won.label("won"), lost.label("lost"))
    if join:
        statement = statement.outerjoin(Account, Account.id == Opportunity.account_id)
    grouped = statement.where(*where).group_by(literal_column("1")).order_by(order).limit(MOST)
    return [(row.value, Wins(row.won, row.lost)) for row in db.session.execute(grouped)]


def usual() -> dict[UUID, int]:
    """Stage id → the days that won deals stood there, the middle one; where enough are won. Of all deals, for a job."""
    times = stage_times(pipelines.every_stage(), IS_KEPT, Opportunity.result == Result.WON)
    return {key: max(1, round(spread.days[1])) for key, spread in times.items() if spread.says_something}
