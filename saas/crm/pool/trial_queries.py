"""Reads for trying out rules: the drafts, and what happened to the customers that they are tried on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from saas.crm.activities import kind_queries
from saas.crm.activities.models import Activity
from saas.crm.customers.models import Account, Standing
from saas.crm.pool.models import Draft
from saas.crm.pool.rehearsal import History
from saas.db import db
from saas.tenants.models import Event

SPOKEN = ("case.answered", "case.filed")  # besides activities: what else counts as contact
DEALS = {
    "opportunity.created": 1,
    "opportunity.reopened": 1,
    "opportunity.opened_back": 1,
    "opportunity.restored": 1,
    "opportunity.won": -1,
    "opportunity.lost": -1,
    "opportunity.archived": -1,
}


def draft(pool_id: UUID | None, *, held: bool = False) -> Draft | None:
    """The rules of a pool that are being thought about; None where there are none.

    Args:
        pool_id: whose rules; those of the main pool for None.
        held: as it is now, until the transaction ends.
    """
    statement = select(Draft).where(Draft.pool_id == pool_id)
    if held:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(statement).one_or_none()


def lock_draft(draft_id: UUID) -> Draft | None:
    """A draft as it is now, held until the transaction ends; None once it is gone."""
    held = select(Draft).where(Draft.id == draft_id).with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(held).one_or_none()


def _held(pool_id: UUID | None) -> tuple[ColumnElement[bool], ...]:
    has_owner = (Account.owner_id.is_not(None), Account.owned_since.is_not(None))
    return (*has_owner, Account.archived_at.is_(None), Account.pool_id == pool_id)


def count_held(pool_id: UUID | None) -> int:
    """How many customers rules of a pool are tried on."""
    return db.session.scalar(select(func.count()).select_from(Account).where(*_held(pool_id))) or 0


def held(pool_id: UUID | None, many: int, after: UUID | None = None) -> list[UUID]:
    """The next customers that rules of a pool are tried on: those that members hold now, by id. Those that have left
    their owner meanwhile are not among them."""
    some = select(Account.id).where(*_held(pool_id)).order_by(Account.id).limit(many)
    return list(db.session.scalars(some if after is None else some.where(Account.id > after)))


def histories(account_ids: Collection[UUID], start: datetime) -> list[History]:
    """What happened to these customers since `start`; those that had bought before are left out, unless they had
    a contract that has an end."""
    bought = (
        select(func.min(Event.created_at))
        .where(Event.subject_kind == "account", Event.subject_id == Account.id, Event.name == "account.bought")
        .correlate(Account)
        .scalar_subquery()
    )
    columns = (
        Account.id,
        Account.name,
        Account.owner_id,
        Account.level,
        Account.owned_since,
        Account.standing,
        Account.has_deal,
        Account.contract_until,
    )
    found: dict[UUID, History] = {}
    rows = select(*columns, bought.label("bought")).where(Account.id.in_(account_ids)).order_by(Account.id)
    for row in db.session.execute(rows):
        has_bought = row.standing is Standing.CUSTOMER
        is_old = has_bought and (row.bought is None or row.bought < start)
        if is_old and row.contract_until is None:
            continue
        won_at = max(row.bought or start, start) if has_bought else None
        one = History(row.id, row.name, row.owner_id, row.level, row.owned_since, won_at, row.has_deal)
        one.contract_until = row.contract_until
        found[row.id] = one
    _add_contacts(found, start)
    _add_events(found, start)
    for one in found.values():
        one.had_deal = one.had_deal - sum(step for _at, step in one.deals) > 0
    return list(found.values())


def _add_contacts(found: dict[UUID, History], since: datetime) -> None:
    reaches = [key for key, kind in kind_queries.every().items() if kind.reaches]
    rows = select(Activity.account_id, func.least(Activity.starts_at, Activity.done_at))
    done = (Activity.done_at >= since, Activity.kind.in_(reaches), Activity.account_id.in_(found))
    for account_id, at in db.session.execute(rows.where(*done)):
        if account_id is not None and at >= found[account_id].since:
            found[account_id].contacts.append(at)


def _add_events(found: dict[UUID, History], since: datetime) -> None:
    rows = select(Event.account_id, Event.name, Event.created_at)
    told = (Event.created_at >= since, Event.account_id.in_(found), Event.name.in_([*SPOKEN, *DEALS]))
    for account_id, name, at in db.session.execute(rows.where(*told)):
        if account_id is None:
            continue
        one = found[account_id]
        if name in DEALS:
            one.deals.append((at, DEALS[name]))
        elif at >= one.since:
            one.contacts.append(at)
