"""Reads of shares: who sells a deal, and what colleagues share with the reader."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true, union_all
from sqlalchemy.orm import joinedload

from saas.crm.opportunities.models import Opportunity
from saas.crm.opportunities.queries import IS_KEPT, reached
from saas.crm.opportunities.share_models import WHOLE, DealShare
from saas.db import db
from saas.tenants import scope

ANYBODY = "any"


def shares_of(opportunity_id: UUID) -> list[DealShare]:
    """The shares in a deal, the largest first."""
    statement = select(DealShare).where(DealShare.opportunity_id == opportunity_id)
    return list(
        db.session.scalars(
            statement.options(joinedload(DealShare.owner)).order_by(DealShare.percent.desc(), DealShare.id)
        )
    )


def remainder(shares: Collection[DealShare]) -> Decimal:
    """What is left to a deal's owner, in %."""
    return WHOLE - sum((one.percent for one in shares), Decimal())


def held_by(member_id: UUID, *where: ColumnElement[bool]) -> list[DealShare]:
    """The shares of a member in deals that are open, held until the transaction ends."""
    mine = (DealShare.owner_id == member_id, Opportunity.result == "open", IS_KEPT, *where)
    statement = select(DealShare).join(Opportunity, Opportunity.id == DealShare.opportunity_id).where(*mine)
    return list(db.session.scalars(statement.with_for_update(of=DealShare)).unique())


def count_held(member_id: UUID) -> int:
    """How many shares a member has in deals that are open."""
    mine = (DealShare.owner_id == member_id, Opportunity.result == "open", IS_KEPT)
    statement = (
        select(func.count()).select_from(DealShare).join(Opportunity, Opportunity.id == DealShare.opportunity_id)
    )
    return db.session.scalar(statement.where(*mine)) or 0


def sold_by(member_id: UUID) -> ColumnElement[bool]:
    """Deals in which a member has a share, as owner or beside him."""
    return or_(Opportunity.owner_id == member_id, Opportunity.id.in_(_of(member_id)))


def sells(value: str) -> ColumnElement[bool] | None:
    """The condition of the filter by those who sell: "any", "me", or a member's id."""
    if value == ANYBODY:
        return true()
    try:
        return sold_by(scope.me().id if value == "me" else UUID(value))
    except ValueError:
        return None


def shared_with_me() -> tuple[ColumnElement[bool], ...]:
    """The deals of others in which the reader has a share."""
    return (Opportunity.id.in_(_of(scope.who().id)), IS_KEPT)


def all_reached() -> tuple[ColumnElement[bool], ...]:
    """The deals within the reader's reach, and those that are shared with him."""
    return (reached(), IS_KEPT)


def _of(member_id: UUID) -> Any:
    return select(DealShare.opportunity_id).where(DealShare.owner_id == member_id).correlate(None)


def sellers() -> Any:
    """Each deal with each who sells it: `opportunity_id`, `owner_id` and his `part` of 1; for a join."""
    taken = (
        select(DealShare.opportunity_id, func.sum(DealShare.percent).label("percent"))
        .group_by(DealShare.opportunity_id)
        .subquery()
    )
    left = (WHOLE - func.coalesce(taken.c.percent, 0)) / WHOLE
    owners = (
        select(Opportunity.id.label("opportunity_id"), Opportunity.owner_id.label("owner_id"), left.label("part"))
        .outerjoin(taken, taken.c.opportunity_id == Opportunity.id)
        .where(left > 0)
    )
    others = select(DealShare.opportunity_id, DealShare.owner_id, (DealShare.percent / WHOLE).label("part"))
    return union_all(owners, others).subquery("sellers")
