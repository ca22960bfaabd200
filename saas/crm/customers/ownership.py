"""Who looks after an account: the one way in which owner, last contact and `reclaim_at` change.

Forms, imports, batches, the pool and hand-overs all come through here, so that the date on which an account returns to
the pool is always true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.orm.attributes import set_committed_value

from saas import clock, search
from saas.crm.customers.models import Account, Contact, ReclaimReason, Standing
from saas.db import db
from saas.tenants import queries as tenants
from saas.tenants.models import Member

KEPT = ("standing", "last_contact_at", "owned_since", "pooled_at", "previous_owner_id")  # what a merge may change
DEFAULT_DAYS = 15  # without contact, until the pool


def idle_limit() -> timedelta | None:
    """After how long without contact an account returns to the pool; None where the workspace wants no returning."""
    rules = tenants.setting("pool.rules", {"days": DEFAULT_DAYS})
    days = rules["days"]
    return timedelta(days=days) if isinstance(days, int) and days > 0 else None


def give(
    account: Account, owner: Member | None, *, now: datetime | None = None, limit: timedelta | None = None
) -> None:
    """Make `owner` look after `account`, or nobody; its people and its place in the search go along."""
    place(account, owner, at=now or clock.now())
    account.owner = owner
    set_reclaim(account, limit=limit)
    db.session.flush()
    _spread([account.id], {"owner_id": account.owner_id, "team_id": account.team_id})


def _spread(account_ids: Sequence[UUID], reach: Mapping[str, UUID | None]) -> None:
    """People and entries of the search are seen by whoever sees their account."""
    db.session.execute(update(Contact).where(Contact.account_id.in_(account_ids)).values(**reach))
    people = db.session.query(Contact.id).filter(Contact.account_id.in_(account_ids))
    entries = update(search.SearchEntry).values(**reach)
    of_account = (search.SearchEntry.kind == "account") & search.SearchEntry.subject_id.in_(account_ids)
    of_people = (search.SearchEntry.kind == "contact") & search.SearchEntry.subject_id.in_(people.scalar_subquery())
    for mine in (of_account, of_people):
        db.session.execute(entries.where(mine).execution_options(synchronize_session=False))


def place(account: Account, owner: Member | None, *, at: datetime) -> None:
    """Set who looks after `account` on its row alone: for new ones, whose dates of return are then set for all."""
    if account.owner_id is not None and (owner is None or owner.id != account.owner_id):
        account.previous_owner_id = account.owner_id
    account.owner_id = owner.id if owner else None
    account.team_id = owner.team_id if owner else None
    account.owned_since = at if owner else None
    account.pooled_at = None if owner else at
    if owner is None:
        account.standing = Standing.POOL
    elif account.standing in {None, Standing.POOL}:
        account.standing = Standing.TRACKED


def give_from_pool(accounts: Sequence[Account], owner: Member) -> None:
    """Make `owner` look after accounts that nobody looks after, in a few statements for all.

    Their version stays: it counts what people type, and here a form that is open loses nothing.
    """
    ids = [account.id for account in accounts]
    reach = {"owner_id": owner.id, "team_id": owner.team_id}
    placed = update(Account).where(Account.id.in_(ids))
    db.session.execute(placed.values(**reach, owned_since=clock.now(), pooled_at=None, standing=Standing.TRACKED))
    for account in accounts:
        db.session.expire(account, ["owner"])
    _spread(ids, reach)


def take_in(account: Account, other: Account, owner: Member | None) -> None:
    """`other` is the same customer: what is true of its owner, its last contact and its purchases is true of `account`.

    Args:
        account: the one that stays.
        other: the one that goes into it.
        owner: who looks after it from now on.
    """
    spoken = [at for at in (account.last_contact_at, other.last_contact_at) if at is not None]
    account.last_contact_at = max(spoken, default=None)
    bought = Standing.CUSTOMER in {account.standing, other.standing}
    if account.owner_id == (owner.id if owner else None):
        set_reclaim(account)
        spread(account)
    else:
        give(account, owner)
    if bought:
        account.standing, account.reclaim_at, account.reclaim_reason = Standing.CUSTOMER, None, None


def put_back(account: Account, owner: Member | None, values: Mapping[str, Any]) -> None:
    """Undo of `take_in`: the owner it had, and what of KEPT had been changed."""
    if account.owner_id != (owner.id if owner else None):
        give(account, owner)
    for name, value in values.items():
        setattr(account, name, value)
    set_reclaim(account)
    db.session.flush()


def spread(*accounts: Account) -> None:
    """Whoever looks after them sees their people, as after some have come or gone."""
    db.session.flush()
    for account in accounts:
        _spread([account.id], {"owner_id": account.owner_id, "team_id": account.team_id})


def set_bought(accounts: Sequence[Account]) -> None:
    """They have bought: they stay with whoever looks after them, whatever the rules of the pool say."""
    ids = [account.id for account in accounts]
    changed = update(Account).where(Account.id.in_(ids))
    db.session.execute(changed.values(standing=Standing.CUSTOMER, reclaim_at=None, reclaim_reason=None))


def set_not_bought(accounts: Sequence[Account]) -> None:
    """They have not: the rules of the pool hold for them again, from now on rather than from long ago."""
    limit, now = idle_limit(), clock.now()
    ids = [account.id for account in accounts]
    changed = update(Account).where(Account.id.in_(ids))
    nobodys = {"standing": Standing.POOL, "reclaim_at": None, "reclaim_reason": None}
    db.session.execute(changed.where(Account.owner_id.is_(None)).values(**nobodys))
    back = {"reclaim_at": now + limit, "reclaim_reason": ReclaimReason.NO_CONTACT} if limit is not None else {}
    ours = {"standing": Standing.TRACKED, "owned_since": now, **back}
    db.session.execute(changed.where(Account.owner_id.is_not(None)).values(**ours))


def touch(account: Account, at: datetime) -> None:
    """Someone spoke to the customer at `at`: the clock towards the pool starts again.

    The version stays: it counts what people type, and a form that is open loses nothing by a call.
    """
    if account.last_contact_at is not None and at <= account.last_contact_at:
        return
    reclaim_at, reason = _return_of(account, at, idle_limit())
    values = {"last_contact_at": at, "reclaim_at": reclaim_at, "reclaim_reason": reason}
    touched = update(Account).where(Account.id == account.id).values(**values)
    db.session.execute(touched.execution_options(synchronize_session=False))
    for name, value in values.items():
        set_committed_value(account, name, value)


def set_reclaim(account: Account, *, limit: timedelta | None = None) -> None:
    """Work out when the rules will return the account, and by which rule."""
    allowed = limit if limit is not None else idle_limit()
    account.reclaim_at, account.reclaim_reason = _return_of(account, account.last_contact_at, allowed)


def _return_of(
    account: Account, contact: datetime | None, allowed: timedelta | None
) -> tuple[datetime | None, ReclaimReason | None]:
    since = max((t for t in (contact, account.owned_since) if t is not None), default=None)
    if account.standing is not Standing.TRACKED or allowed is None or since is None:
        return None, None
    return since + allowed, ReclaimReason.NO_CONTACT


def set_reclaims(accounts: Iterable[Account]) -> None:
    """`set_reclaim` for many, with the rules read once."""
    limit = idle_limit()
    for account in accounts:
        if limit is None:
            account.reclaim_at, account.reclaim_reason = None, None
        else:
            set_reclaim(account, limit=limit)


def set_all_reclaims() -> None:
    """`set_reclaim` for every account at once, as when the rules have changed."""
    limit = idle_limit()
    since = func.greatest(Account.last_contact_at, Account.owned_since)  # greatest passes over what is empty
    tracked = Account.standing == Standing.TRACKED
    changed = update(Account).execution_options(synchronize_session=False)
    if limit is None:
        none = changed.values(reclaim_at=None, reclaim_reason=None)
        db.session.execute(none.where(Account.reclaim_at.is_not(None)))
    else:
        some = changed.values(reclaim_at=since + limit, reclaim_reason=ReclaimReason.NO_CONTACT)
        db.session.execute(some.where(tracked, since.is_not(None)))
