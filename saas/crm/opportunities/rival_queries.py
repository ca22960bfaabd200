"""Reads about competitors, and how often we win against them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from saas.crm.opportunities.models import Opportunity, Result
from saas.crm.opportunities.queries import listed
from saas.crm.opportunities.rival_models import DealRival, Rival
from saas.crm.opportunities.wins import Wins
from saas.db import db
from saas.found import the_one
from saas.search import fold

SHOWN = 50  # deals on a competitor's page
OFFERED = 500  # names to choose from while one types


@dataclass
class Score(Wins):
    """How deals against one competitor went."""

    open: int = 0
    lost_to_it: int = 0


def rival(rival_id: UUID) -> Rival:
    """A competitor, with the customer that it is as well.

    Raises:
        NotFound: there is none of that id.
    """
    return the_one(select(Rival).where(Rival.id == rival_id).options(joinedload(Rival.account)))


def named(name: str) -> Rival | None:
    """The competitor of this name, however it is written."""
    return db.session.scalar(select(Rival).where(Rival.name_key == fold(name), Rival.archived_at.is_(None)))


def names() -> list[str]:
    """The competitors by name, to choose from."""
    statement = select(Rival.name).where(Rival.archived_at.is_(None)).order_by(Rival.name_key, Rival.id)
    return list(db.session.scalars(statement.limit(OFFERED)))


def against(deal_id: UUID) -> list[DealRival]:
    """Who stands against a deal, by name."""
    statement = select(DealRival).where(DealRival.opportunity_id == deal_id).join(Rival, Rival.id == DealRival.rival_id)
    return list(db.session.scalars(statement.order_by(Rival.name_key, DealRival.id)))


def one_against(deal_id: UUID, entry_id: UUID) -> DealRival:
    """One of those who stand against a deal.

    Raises:
        NotFound: there is none of that id.
    """
    return the_one(select(DealRival).where(DealRival.id == entry_id, DealRival.opportunity_id == deal_id))


def kept() -> tuple[ColumnElement[bool], ...]:
    """What the list of competitors holds to: nothing archived."""
    return (Rival.archived_at.is_(None),)


def scores(rival_ids: Collection[UUID]) -> dict[UUID, Score]:
    """How the deals within the reader's reach went against each of these, in one statement."""
    statement = (
        select(DealRival.rival_id, Opportunity.result, func.count(), func.count().filter(DealRival.has_won))
        .join(Opportunity, Opportunity.id == DealRival.opportunity_id)
        .where(DealRival.rival_id.in_(rival_ids), *listed())
        .group_by(DealRival.rival_id, Opportunity.result)
    )
    found = {key: Score() for key in rival_ids}
    for key, result, many, to_it in db.session.execute(statement):
        score = found[key]
        if result is Result.OPEN:
            score.open = many
        elif result is Result.WON:
            score.won = many
        else:
            score.lost, score.lost_to_it = many, to_it
    return found


def deals_against(rival_id: UUID) -> list[DealRival]:
    """The deals within the reader's reach against a competitor, the newest step first."""
    statement = (
        select(DealRival)
        .join(Opportunity, Opportunity.id == DealRival.opportunity_id)
        .where(DealRival.rival_id == rival_id, *listed())
        .options(joinedload(DealRival.opportunity))
        .order_by(Opportunity.stage_since.desc(), Opportunity.id.desc())
    )
    return list(db.session.scalars(statement.limit(SHOWN)).unique())
