"""What each member did and missed, by day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, case, cast, func, literal, select

from saas.crm.activities.models import Activity, ActivityKind
from saas.crm.activities.queries import IS_KEPT, IS_OPEN
from saas.db import db
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission

MOST = 3000  # rows: a person's days


def days(start: datetime, end: datetime, now: datetime, zone: str) -> list[Any]:
    """(name, day, calls, visits, others, missed) of each person within reach and day with any, from `start` to `end`.

    Args:
        start, end: instants; what begins between them counts.
        now: what is open past its end by then was missed.
        zone: the reader's IANA zone, whose days these are.
    """
    on = cast(func.timezone(zone, Activity.starts_at), Date)
    is_done = Activity.done_at.is_not(None)
    counted = {
        "calls": is_done & (Activity.kind == ActivityKind.CALL),
        "visits": is_done & (Activity.kind == ActivityKind.VISIT),
        "others": is_done & Activity.kind.not_in([ActivityKind.CALL, ActivityKind.VISIT, ActivityKind.NOTE]),
        "missed": IS_OPEN & (Activity.late_at <= now),
    }
    sums = [func.sum(case((which, literal(1)), else_=literal(0))).label(name) for name, which in counted.items()]
    found = (
        select(Activity.owner_id, on.label("day"), *sums)
        .where(Activity.starts_at >= start, Activity.starts_at < end, IS_KEPT)
        .where(scope.visible(Activity, Permission.REPORT_VIEW))
        .group_by(Activity.owner_id, on)
        .subquery()
    )
    has_any = found.c.calls + found.c.visits + found.c.others + found.c.missed > 0
    statement = (
        select(Member.name, found.c.day, found.c.calls, found.c.visits, found.c.others, found.c.missed)
        .join(found, found.c.owner_id == Member.id)
        .where(has_any)
        .order_by(Member.name, Member.id, found.c.day.desc())
        .limit(MOST)
    )
    return list(db.session.execute(statement))


def sums_of(rows: list[Any]) -> dict[str, tuple[int, int, int, int, list[tuple[date, int, int, int, int]]]]:
    """Name → (calls, visits, others, missed, his days), in order."""
    people: dict[str, list[tuple[date, int, int, int, int]]] = {}
    for name, *row in rows:
        on, *counts = row
        calls, visits, others, missed = (int(n) for n in counts)
        people.setdefault(name, []).append((on, calls, visits, others, missed))
    return {
        name: (
            sum(d[1] for d in his),
            sum(d[2] for d in his),
            sum(d[3] for d in his),
            sum(d[4] for d in his),
            his,
        )
        for name, his in people.items()
    }
