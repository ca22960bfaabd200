"""Opening the pages of customers that lie free: some pools let a member open only so many a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import ngettext
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock
from saas.crm.customers import opening
from saas.crm.customers.models import Account
from saas.crm.pool import queries
from saas.crm.pool.models import Look
from saas.db import current_tenant, db, new_id
from saas.errors import Forbidden
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Member

KEPT_FOR = timedelta(days=30)


class LookedOut(Forbidden):
    """The member has opened as many pages today as the pool allows."""


def look(account: Account, *, by: Member, now: datetime | None = None) -> None:
    """Note that a member opens the page of a customer, where it lies free and its pool counts that.

    One that was opened today already, by himself, is open all day. Admins of the pool are not counted.

    Args:
        account: whose page it is.
        by: the reader.
        now: the instant that counts; the clock's when left out.

    Raises:
        LookedOut: he has opened as many today as he may.
    """
    if account.owner_id is not None:
        return
    rules = queries.rules(account.pool_id)
    if not rules.looks or queries.leads(by, account.pool_id):
        return
    at = now or clock.now()
    if queries.has_looked(by, account.id, at):
        return
    by = tenants.lock_member(by)  # two pages at once can't both take the last place
    if rules.is_looked_out(queries.count_looks(by, at)):
        raise LookedOut(_said(rules.looks))
    whose = {"member_id": by.id, "account_id": account.id, "day": queries.today(at)}
    row = {"tenant_id": current_tenant(), "id": new_id(), "created_at": at} | whose
    db.session.execute(upsert(Look).values(row).on_conflict_do_nothing())


def forget_old() -> int:
    """Drop what nobody counts any more; returns how many rows."""
    old = Look.day < queries.today(clock.now() - KEPT_FOR)
    gone = db.session.execute(delete(Look).where(old).execution_options(synchronize_session=False))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _said(most: int) -> str:
    return ngettext(
        "You have opened the page of %(num)s free customer today; your pool allows no more in one day. Those you have "
        "opened stay open to you. More tomorrow.",
        "You have opened the pages of %(num)s free customers today; your pool allows no more in one day. Those you "
        "have opened stay open to you. More tomorrow.",
        most,
    )


def _counts() -> bool:
    return any(queries.rules(pool_id).looks for pool_id in (None, *(one.id for one in queries.pools())))


opening.watch(opening.Watch(_counts, lambda account: look(account, by=scope.me())))
