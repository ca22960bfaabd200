"""Reads of the forecast: what deals show, what people said, and what was noted of both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import IntEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload

from saas import months
from saas.crm.forecasts.figures import PACE, Part, Said
from saas.crm.forecasts.models import Call, ForecastLine
from saas.crm.opportunities import category_queries as categories
from saas.crm.opportunities.models import CLOSED, EXPECTED, IS_OPEN, Opportunity, Result
from saas.crm.opportunities.queries import IS_KEPT
from saas.crm.opportunities.share_models import WHOLE, DealShare
from saas.db import db
from saas.errors import NotFound
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission

P = Permission
EARLY = timedelta(days=7)  # after a month began, in which what was noted counts as said at its beginning


class Whose(IntEnum):
    """To whom deals are counted: whole to their owners; or what shares move, taken from owners and given to others."""

    OWNERS = 0
    TAKEN = -1
    GIVEN = 1


def within(model: Any = Opportunity) -> ColumnElement[bool]:
    """Whose deals, or shares, the reader's forecast counts: what lies within reach of it and of deals."""
    return and_(scope.visible(model, P.FORECAST_VIEW), scope.visible(model, P.OPPORTUNITY_VIEW))


def expected(first: date, last: date, within: ColumnElement[bool], whose: Whose = Whose.OWNERS) -> list[Part]:
    """The open deals that are expected between two days, summed by month, person and what they count as."""
    where = (IS_OPEN, EXPECTED.between(first, last), within)
    return _parts(Opportunity.expected_on, categories.category(), whose, *where)


def won(first: date, last: date, within: ColumnElement[bool], whose: Whose = Whose.OWNERS) -> list[Part]:
    """What was won between two days, by month and person."""
    where = (Opportunity.result == Result.WON, CLOSED.between(first, last), within)
    return _parts(Opportunity.closed_on, literal_column("null"), whose, *where)


def _parts(day: Any, category: Any, whose: Whose, *where: ColumnElement[bool]) -> list[Part]:
    month = cast(func.date_trunc(literal_column("'month'"), day), Date)
    holder: Any = DealShare if whose is Whose.GIVEN else Opportunity
    amount: Any = (
        Opportunity.amount if whose is Whose.OWNERS else Opportunity.amount * DealShare.percent / WHOLE * whose
    )
    asked = select(
        month.label("month"),
        holder.owner_id.label("owner_id"),
        holder.team_id.label("team_id"),
        category.label("category"),
        Opportunity.currency,
        amount.label("amount"),
        (amount * Opportunity.probability / 100).label("weighted"),
    ).select_from(Opportunity)
    if whose is not Whose.OWNERS:
        asked = asked.join(DealShare, DealShare.opportunity_id == Opportunity.id)
    deals = asked.where(IS_KEPT, *where).subquery()
    groups = (deals.c.month, deals.c.owner_id, deals.c.team_id, deals.c.category, deals.c.currency)
    many: Any = func.count()
    bare: Any = many - func.count(deals.c.amount)
    if whose is Whose.TAKEN:
        many = bare = literal_column("0")  # a deal of which others have a part is its owner's too
    sums = [func.coalesce(func.sum(column), 0) for column in (deals.c.amount, deals.c.weighted)]
    found = db.session.execute(select(*groups, many.label("many"), bare.label("bare"), *sums).group_by(*groups))
    return [Part(*row) for row in found]


def shown_parts(
    first: date, last: date, today: date, within: ColumnElement[bool], whose: Whose = Whose.OWNERS
) -> list[Part]:
    """All that a forecast of the months between two days is made of, what shows the usual pace included."""
    pace_from = months.before(today.replace(day=1), PACE)
    return [*expected(first, last, within, whose), *won(min(first, pace_from), last, within, whose)]


def moved_parts(first: date, last: date, today: date) -> list[Part]:
    """What shares move from owners to others in it, within the reader's reach."""
    taken = shown_parts(first, last, today, within(), Whose.TAKEN)
    return taken + shown_parts(first, last, today, within(DealShare), Whose.GIVEN)


def late(before: date, within: ColumnElement[bool]) -> int:
    """Open deals that were expected before a day: no month counts them any more."""
    where = (IS_OPEN, IS_KEPT, before > EXPECTED, within)
    return db.session.scalar(select(func.count()).select_from(Opportunity).where(*where)) or 0


def undated(within: ColumnElement[bool]) -> int:
    """Open deals of which nobody says when they should be won."""
    where = (IS_OPEN, IS_KEPT, Opportunity.expected_on.is_(None), within)
    return db.session.scalar(select(func.count()).select_from(Opportunity).where(*where)) or 0


# ── what people said ────────────────────────────────────────────────────────────────────────────────────────────────


def said(first: date, last: date, within: ColumnElement[bool]) -> list[Said]:
    """The last numbers stated for the months between two days, own and adjusted ones apart."""
    is_own = (Call.said_by_id == Call.owner_id).label("is_own")
    one_each = (Call.month, Call.owner_id, is_own)
    latest = (
        select(Call.month, Call.owner_id, Call.team_id, Call.currency, Call.amount, is_own)
        .where(Call.month.between(first, last), within)
        .ext(distinct_on(*one_each))
        .order_by(*one_each, Call.id.desc())
    )
    return [Said(*row) for row in db.session.execute(latest)]


def calls_within() -> ColumnElement[bool]:
    """Whose numbers the reader sees."""
    return scope.visible(Call, P.FORECAST_VIEW)


def calls(owner_id: UUID, month: date) -> list[Call]:
    """All numbers stated for a person's month, the last first."""
    mine = (Call.owner_id == owner_id, Call.month == month)
    statement = select(Call).where(*mine).options(joinedload(Call.said_by)).order_by(Call.id.desc())
    return list(db.session.scalars(statement))


def seller(member_id: UUID) -> Member:
    """A member whose forecast the reader sees.

    Raises:
        NotFound: there is none, or he is beyond the reader's reach: both look the same.
    """
    found = tenants.member(member_id)
    if not scope.may(P.FORECAST_VIEW, of(found)):
        raise NotFound
    return found


def of(member: Member) -> Call:
    """A member's place in the forecast, as rights ask for it; never written."""
    return Call(owner_id=member.id, team_id=member.team_id)


# ── what was noted ──────────────────────────────────────────────────────────────────────────────────────────────────


def lines_at_beginning(first: date, last: date, currency: str, within: ColumnElement[bool]) -> Sequence[ForecastLine]:
    """What was noted of each month between two days when it began: the first lines of its first week."""
    early = (ForecastLine.taken_on >= ForecastLine.month, ForecastLine.taken_on < ForecastLine.month + EARLY)
    day = (
        select(ForecastLine.month, func.min(ForecastLine.taken_on).label("taken_on"))
        .where(*early, ForecastLine.month.between(first, last))
        .group_by(ForecastLine.month)
        .subquery()
    )
    statement = (
        select(ForecastLine)
        .join(day, and_(day.c.month == ForecastLine.month, day.c.taken_on == ForecastLine.taken_on))
        .where(ForecastLine.currency == currency, within)
        .order_by(ForecastLine.month.desc(), ForecastLine.id)
    )
    return list(db.session.scalars(statement))


def lines_within() -> ColumnElement[bool]:
    """Whose lines the reader sees."""
    return scope.visible(ForecastLine, P.FORECAST_VIEW)


def noted_currencies() -> list[str]:
    """The currencies in which something was noted."""
    return list(db.session.scalars(select(ForecastLine.currency).distinct().order_by(ForecastLine.currency)))
