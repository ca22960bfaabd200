"""Reads about what comes again."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from saas.crm.activities.models import Activity, Guest, Series
from saas.crm.activities.queries import IS_OPEN
from saas.crm.activities.repeats import Repeat
from saas.db import db
from saas.found import the_one


def lock(series_id: UUID) -> Series:
    """A series as it is now, held until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    statement = select(Series).where(Series.id == series_id).with_for_update()
    return the_one(statement.execution_options(populate_existing=True))


def running(after: UUID | None, limit: int) -> list[UUID]:
    """The ids of the series that go on, a page of them."""
    found = select(Series.id).where(Series.ended_at.is_(None))
    found = found.where(Series.id > after) if after is not None else found
    return list(db.session.scalars(found.order_by(Series.id).limit(limit)))


def of_owner(owner_id: UUID, *where: ColumnElement[bool]) -> list[Series]:
    """The series that go on of a member, those for which `where` holds."""
    mine = (Series.owner_id == owner_id, Series.ended_at.is_(None), *where)
    return list(db.session.scalars(select(Series).where(*mine).order_by(Series.id)))


def of_activity(activity_id: UUID) -> UUID | None:
    """The series that an activity belongs to, if it comes again."""
    return db.session.scalar(select(Activity.series_id).where(Activity.id == activity_id))


def count_owned(owner_id: UUID) -> int:
    """How many series that go on a member has."""
    mine = (Series.owner_id == owner_id, Series.ended_at.is_(None))
    return db.session.scalar(select(func.count(Series.id)).where(*mine)) or 0


def series(series_id: UUID) -> Series:
    """A series; whoever may see one of its activities may see it.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(Series).where(Series.id == series_id))


def rule(series: Series) -> Repeat:
    """By which rule it comes again."""
    weekdays = tuple(sorted(int(day) for day in series.weekdays))
    return Repeat(series.frequency, series.starts_on, series.every, weekdays, series.until, series.times)


def has_ahead(series_id: UUID, today: date) -> bool:
    """True where one of a series is still to be done, on this day or after it."""
    mine = (Activity.series_id == series_id, Activity.occurs_on >= today, IS_OPEN)
    return db.session.scalar(select(Activity.id).where(*mine).limit(1)) is not None


def open_from(series_id: UUID, on: date) -> list[Activity]:
    """Those of a series that are still planned, from the one of this day on, held until the transaction ends."""
    mine = (Activity.series_id == series_id, Activity.occurs_on >= on, IS_OPEN)
    return list(db.session.scalars(select(Activity).where(*mine).order_by(Activity.id).with_for_update(of=Activity)))


def called_off_at(series_id: UUID, at: datetime) -> list[Activity]:
    """Those of a series that went when it was ended at this instant."""
    mine = (Activity.series_id == series_id, Activity.cancelled_at == at)
    return list(db.session.scalars(select(Activity).where(*mine).order_by(Activity.id).with_for_update(of=Activity)))


def guests_of_latest(series_id: UUID) -> list[tuple[UUID | None, UUID | None]]:
    """(member, contact) of those who take part in the latest one of a series."""
    latest = select(Activity.id).where(Activity.series_id == series_id)
    latest = latest.order_by(Activity.occurs_on.desc()).limit(1)
    found = db.session.execute(
        select(Guest.member_id, Guest.contact_id).where(Guest.activity_id == latest.scalar_subquery())
    )
    return [(row[0], row[1]) for row in found]
