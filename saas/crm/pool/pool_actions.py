"""What can be done with pools themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from saas import clock
from saas.crm.customers import ownership
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account
from saas.crm.pool import queries, trial_actions, undo_actions
from saas.crm.pool.models import Pool, PoolSeat
from saas.db import db, new_id
from saas.errors import Forbidden, Refused
from saas.tenants import events
from saas.tenants.models import Member

OPENED, CHANGED, CLOSED, EMPTIED = "pool.opened", "pool.changed", "pool.closed", "pool.emptied"
LAID = "account.laid"
JOB = "crm.empty_pool"
CHUNK = 200  # customers moved at a time


def open_pool(name: str, *, by: Member) -> Pool:
    """Make one more pool, with the rules of the main one as they are in the code.

    Raises:
        Refused: another one is called so.
    """
    _check_name(name)
    made = Pool(id=new_id(), name=name)
    db.session.add(made)
    db.session.flush()
    events.record(OPENED, made, by=by, changed={"name": name})
    return made


def change_pool(pool: Pool, name: str, *, members: Mapping[UUID, bool], teams: Collection[UUID], by: Member) -> None:
    """Give a pool another name, and say who may use it.

    Args:
        pool: which.
        name: how it is called.
        members: who may use it → whether he is an admin of it.
        teams: whose members may use it.
        by: who says so.

    Raises:
        Refused: another one is called so.
    """
    if name != pool.name:
        _check_name(name)
    before = {"name": pool.name, "seats": len(queries.seats(pool.id))}
    pool.name = name
    for seat in queries.seats(pool.id):
        db.session.delete(seat)
    db.session.flush()
    db.session.add_all([PoolSeat(pool_id=pool.id, member_id=one, is_admin=leads) for one, leads in members.items()])
    db.session.add_all([PoolSeat(pool_id=pool.id, team_id=one) for one in teams])
    db.session.flush()
    told = {"name": [before["name"], name], "seats": [before["seats"], len(members) + len(teams)]}
    events.record(CHANGED, pool, by=by, changed=told)


def close_pool(pool: Pool, *, by: Member) -> None:
    """Do away with an empty pool; customers that came from it go back to the main one.

    Raises:
        Refused: customers lie in it.
    """
    if count := queries.count_in(pool.id):
        raise Refused(
            ngettext(
                "%(num)s customer lies in %(name)s. Move it to another pool first.",
                "%(num)s customers lie in %(name)s. Move them to another pool first.",
                count,
                name=pool.name,
            )
        )
    trial_actions.drop(by=by, pool_id=pool.id)
    pool.closed_at = clock.now()
    events.record(CLOSED, pool, by=by, changed={"name": pool.name})
    db.session.flush()
    _ask_to_empty(pool, None)


def transfer(pool: Pool, into: Pool | None, *, by: Member) -> None:
    """Have a job move all customers of a pool, and those that would go back there, to another (None: the main one)."""
    if into is not None and into.id == pool.id:
        raise Refused(_("They lie there already."), field="into")
    told = {"name": pool.name, "into": into.name if into else None, "count": queries.count_in(pool.id)}
    events.record(EMPTIED, pool, by=by, changed=told)
    _ask_to_empty(pool, into)


def lay(account_ids: Collection[UUID], into: Pool | None, *, by: Member, batch_id: UUID | None = None) -> int:
    """Lay customers that lie in one pool into another (None: the main one); returns how many came.

    Those that somebody has claimed meanwhile, or that lie there already, are passed over. Under `batch_id`, where one
    is given, it can be undone.

    Raises:
        Forbidden: `by` isn't an admin of the pools they come from and go to.
    """
    into_id = into.id if into else None
    found = [one for one in customers.lock_accounts(account_ids) if one.owner_id is None and one.archived_at is None]
    moved = [one for one in found if one.pool_id != into_id]
    for pool_id in {one.pool_id for one in moved} | {into_id}:
        if not queries.leads(by, pool_id):
            raise Forbidden
    if batch_id is not None:
        for one in moved:
            undo_actions.keep_place(one, into_id, batch_id)
    ownership.move_to_pool([one.id for one in moved], into_id)
    told = {"into": into.name if into else None}
    events.record_many(LAID, [(one, told) for one in moved], by=by, batch_id=new_id())
    return len(moved)


def empty(pool_id: UUID, into_id: UUID | None) -> Iterator[int]:
    """Move what a pool holds, chunk by chunk, to the main one where the other was closed meanwhile; yields how many.
    May stop, and run again."""
    while True:
        into_id = into_id if any(one.id == into_id for one in queries.pools()) else None
        some = select(Account.id).where(Account.pool_id == pool_id).order_by(Account.id).limit(CHUNK)
        found = list(db.session.scalars(some))
        if not found:
            return
        ownership.move_to_pool(found, into_id)
        yield len(found)


def _ask_to_empty(pool: Pool, into: Pool | None) -> None:
    payload = {"pool_id": pool.id, "into_id": into.id if into else None}
    events.deliver(JOB, key=str(new_id()), due_at=clock.now(), payload=payload)


def _check_name(name: str) -> None:
    if db.session.scalar(select(Pool.id).where(Pool.name == name, Pool.closed_at.is_(None)).limit(1)):
        raise Refused(_("Another pool is called so."), field="name")
