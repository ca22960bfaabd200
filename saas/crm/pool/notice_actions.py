"""Warnings before a customer returns to the pool."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from saas import clock
from saas.crm.customers.models import Account
from saas.crm.pool import queries
from saas.crm.pool.rules import days_left
from saas.tenants import notices, scope
from saas.tenants import queries as tenants

WARN_DAYS = (7, 3, 1)  # before a customer returns


def warn_owners(*, now: datetime | None = None) -> int:
    """Tell each member whose customers return in seven, three or one day, in one notice a day; returns how many."""
    at = now or clock.now()
    by_owner: dict[UUID, list[Account]] = {}
    for account in queries.returning(at, within=timedelta(days=WARN_DAYS[0])):
        if account.reclaim_at and account.owner_id and days_left(account.reclaim_at, at) in WARN_DAYS:
            by_owner.setdefault(account.owner_id, []).append(account)
    for mine in by_owner.values():
        _warn(mine, at)
    return len(by_owner)


def _warn(mine: list[Account], now: datetime) -> None:
    owner, first = mine[0].owner, mine[0]
    assert owner is not None
    key = f"pool.returning@{clock.local(now, owner.timezone):%Y-%m-%d}"
    url = f"/{scope.workspace().slug}/pool/returning"
    reasons = {one.reclaim_reason for one in mine}
    reason = first.reclaim_reason if len(reasons) == 1 else None  # what keeps them, where it is one thing for all
    notices.tell(owner, "pool.returning", key, url, count=len(mine), name=first.name, reason=reason)
    last = [one for one in mine if one.reclaim_at and days_left(one.reclaim_at, now) == WARN_DAYS[-1]]
    if last and owner.manager_id is not None and owner.manager_id != owner.id:
        about = {"count": len(last), "name": last[0].name, "owner": owner.name}
        manager = tenants.member(owner.manager_id)
        notices.tell(manager, "pool.returning_of", f"{key}:{owner.id}", f"{url}?of=reach", **about)
