"""Reads about promises."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import aliased, joinedload

from saas.crm.activities.models import Promise
from saas.crm.customers.models import Account
from saas.db import db
from saas.found import the_one
from saas.statements import RECORD, Statement, written_once
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission

SHOWN = 8  # on a customer's page
MOST = 50  # on the page one starts the day on
OWNER, ACCOUNT = aliased(Member, name="owner"), aliased(Account, name="account")
IS_OPEN = Promise.settled_at.is_(None)


@written_once
def _of_account() -> Statement:
    """The open ones first, the nearest before; then the latest settled."""
    return (
        select(Promise, OWNER)
        .join(OWNER, OWNER.id == Promise.owner_id)
        .where(Promise.account_id == RECORD)
        .order_by(Promise.settled_at.is_not(None), Promise.due_on, Promise.id)
        .limit(SHOWN)
    )


def of_account(account_id: UUID) -> list[Promise]:
    """What was promised to a customer whom the reader sees."""
    return _of_account().objects(record_id=account_id)


@written_once
def _mine() -> Statement:
    return (
        select(Promise, OWNER, ACCOUNT)
        .join(OWNER, OWNER.id == Promise.owner_id)
        .join(ACCOUNT, ACCOUNT.id == Promise.account_id)
        .where(IS_OPEN, Promise.owner_id == scope.READER, Promise.due_on <= bindparam("until"))
        .order_by(Promise.due_on, Promise.id)
        .limit(MOST)
    )


def mine(until: date) -> list[Promise]:
    """What the reader has promised and not settled, due on a day or before, with the customers."""
    return _mine().objects(until=until)


def between(first: date, last: date, *where: ColumnElement[bool]) -> list[Promise]:
    """What the reader sees of promises due from one day to another, with owners and customers."""
    reach = scope.visible(Promise, Permission.ACTIVITY_VIEW)
    rows = select(Promise).where(Promise.due_on.between(first, last), reach, *where)
    shown = rows.options(joinedload(Promise.owner), joinedload(Promise.account))
    return list(db.session.scalars(shown.order_by(Promise.due_on, Promise.id).limit(MOST)))


def promise(promise_id: UUID, permission: Permission = Permission.ACTIVITY_VIEW) -> Promise:
    """A promise within the reader's reach.

    Raises:
        NotFound: there is none, or it is beyond his reach.
    """
    return the_one(select(Promise).where(Promise.id == promise_id, scope.visible(Promise, permission)))


def count_open(owner_id: UUID) -> int:
    """How many promises of a member are open."""
    return db.session.scalar(select(func.count(Promise.id)).where(Promise.owner_id == owner_id, IS_OPEN)) or 0


def open_of(owner_id: UUID, *where: ColumnElement[bool]) -> list[Promise]:
    """The open promises of a member for which `where` holds."""
    return list(db.session.scalars(select(Promise).where(Promise.owner_id == owner_id, IS_OPEN, *where)))
