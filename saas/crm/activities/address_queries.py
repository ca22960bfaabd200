"""What the secret address of a calendar gives."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import or_, select

from saas import clock
from saas.crm.activities.models import Activity, CalendarAddress, Guest
from saas.crm.activities.queries import IS_KEPT, NAMED, listed
from saas.db import db
from saas.found import known
from saas.tenants import tokens
from saas.tenants.models import Member, MemberStatus

BEHIND = timedelta(days=90)  # that a calendar program is given of the past
MOST = 2000  # entries


def of(member_id: UUID) -> CalendarAddress | None:
    """A member's address, if he has one."""
    return db.session.scalars(select(CalendarAddress).where(CalendarAddress.member_id == member_id)).one_or_none()


def member_of(secret: str) -> Member:
    """The active member whose address has this secret.

    Raises:
        NotFound: nobody's has, or he has left.
    """
    statement = (
        select(Member)
        .join(CalendarAddress, CalendarAddress.member_id == Member.id)
        .where(CalendarAddress.secret_hash == tokens.digest(secret), Member.status == MemberStatus.ACTIVE)
    )
    return known(db.session.scalars(statement).one_or_none())


def activities_of(member_id: UUID) -> list[Activity]:
    """What he plans and has done, and where he takes part, as far as his pages show it to him, who is the reader; of
    the last months and all that is to come."""
    takes_part = select(Guest.activity_id).where(Guest.member_id == member_id)
    statement = (
        select(Activity)
        .where(or_(Activity.owner_id == member_id, Activity.id.in_(takes_part)))
        .where(Activity.starts_at >= clock.now() - BEHIND, IS_KEPT, *listed())
        .options(*NAMED)
        .order_by(Activity.starts_at, Activity.id)
        .limit(MOST)
    )
    return list(db.session.scalars(statement))
