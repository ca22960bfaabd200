"""Reads about activities."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, joinedload

from saas.crm.activities import subjects
from saas.crm.activities.models import Activity, Guest
from saas.crm.customers.models import Account, Contact
from saas.db import db
from saas.found import the_one
from saas.statements import RECORD, Statement, written_once
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission, Reach

LONGEST = timedelta(hours=25)  # a day on which clocks are put back
TOLD = 300  # activities of one record whose events its timeline tells
IS_OPEN = Activity.done_at.is_(None) & Activity.cancelled_at.is_(None)
IS_KEPT = Activity.cancelled_at.is_(None)

OWNER, ACCOUNT, CONTACT = (
    aliased(Member, name="owner"),
    aliased(Account, name="account"),
    aliased(Contact, name="contact"),
)

# A line names the customer and the contact, not who looks after them.
NAMED = (
    joinedload(Activity.account).lazyload(Account.owner),
    joinedload(Activity.contact).lazyload(Contact.account),
)


def listed(permission: Permission = Permission.ACTIVITY_VIEW) -> tuple[ColumnElement[bool], ...]:
    """What the reader may see of activities: his reach, and of others' only those on records that he may see."""
    within = [(subject.kind, subject.within()) for subject in subjects.every()]
    narrowed = tuple((kind, ids) for kind, ids in within if ids is not None)
    seen = scope.visible(Activity, permission)
    if not scope.reaches_all(permission):
        seen = _or_takes_part(seen)
    return _listed(seen, ids_within_reach(Account, Permission.ACCOUNT_VIEW), narrowed)


@lru_cache(maxsize=64)
def _or_takes_part(visible: ColumnElement[bool]) -> ColumnElement[bool]:
    return or_(visible, takes_part())


@lru_cache(maxsize=1)
def takes_part() -> ColumnElement[bool]:
    """Activities of others in which the reader takes part."""
    return Activity.id.in_(select(Guest.activity_id).where(Guest.member_id == scope.READER))


def guests(activity_id: UUID) -> list[Guest]:
    """Who takes part in an activity, colleagues and contacts."""
    statement = (
        select(Guest)
        .where(Guest.activity_id == activity_id)
        .options(joinedload(Guest.member), joinedload(Guest.contact).lazyload(Contact.account))
        .order_by(Guest.id)
    )
    return list(db.session.scalars(statement))


@lru_cache(maxsize=64)
def _listed(
    visible: ColumnElement[bool], accounts: Select[Any] | None, narrowed: tuple[tuple[str, Select[Any]], ...]
) -> tuple[ColumnElement[bool], ...]:
    mine = Activity.owner_id == scope.READER
    conditions: list[ColumnElement[bool]] = [visible]
    if accounts is not None:
        conditions.append(or_(mine, Activity.account_id.is_(None), Activity.account_id.in_(accounts)))
    for kind, ids in narrowed:
        other = Activity.about_kind.is_distinct_from(kind)
        conditions.append(or_(mine, other, Activity.about_id.in_(ids)))
    return tuple(conditions)


def activity(activity_id: UUID) -> Activity:
    """An activity within the reader's reach.

    Raises:
        NotFound: there is none, or it is beyond his reach.
    """
    return the_one(select(Activity).where(Activity.id == activity_id, *listed()))


def lock_activity(activity_id: UUID) -> Activity:
    """The activity's row as it is now, held until the transaction ends; for verbs, which check rights themselves.

    Raises:
        NotFound: the workspace has no such activity.
    """
    statement = (
        select(Activity)
        .where(Activity.id == activity_id)
        .with_for_update(of=Activity)
        .execution_options(populate_existing=True)
    )
    return the_one(statement)


def contact(contact_id: UUID) -> Contact:
    """A contact of the workspace; rights were checked by whoever took the id from a person.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(Contact).where(Contact.id == contact_id))


def account(account_id: UUID) -> Account:
    """A customer of the workspace; as for `contact`."""
    return the_one(select(Account).where(Account.id == account_id))


def lock_accounts(ids: Sequence[UUID]) -> list[Account]:
    """These customers' rows as they are now, locked in the order of their ids."""
    statement = (
        select(Account)
        .where(Account.id.in_(ids))
        .order_by(Account.id)
        .with_for_update(of=Account)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(statement))


def between(start: datetime, end: datetime, *where: ColumnElement[bool], many: int = 1000) -> list[Activity]:
    """Activities that touch the time from `start` to `end`, planned and past, in order; at most `many`.

    An activity lasts a day at most, so the index on its start finds them.
    """
    statement = (
        select(Activity)
        .where(Activity.starts_at >= start - LONGEST, Activity.starts_at < end, IS_KEPT, *listed(), *where)
        .where(or_(Activity.late_at > start, Activity.starts_at >= start))
        .options(*NAMED)
        .order_by(Activity.starts_at, Activity.id)
        .limit(many)
    )
    return list(db.session.scalars(statement))


@written_once
def _waiting(*where: ColumnElement[bool]) -> Statement:
    return (
        select(Activity, OWNER, ACCOUNT, CONTACT)
        .join(OWNER, OWNER.id == Activity.owner_id)
        .outerjoin(ACCOUNT, ACCOUNT.id == Activity.account_id)
        .outerjoin(CONTACT, CONTACT.id == Activity.contact_id)
        .where(IS_OPEN, *where)
        .order_by(Activity.starts_at, Activity.id)
        .limit(bindparam("many"))
    )


def waiting(whose: ColumnElement[bool], *, many: int, **values: Any) -> list[Activity]:
    """Planned activities within reach, the longest late first, with their owner, customer and contact.

    Args:
        whose: a condition written once, such as `of_record`; `values` are those of its `bindparam`s.
        many: at most so many.
    """
    return _waiting(*listed(), whose).objects(many=many, **values)


@lru_cache(maxsize=32)
def of_record(kind: str) -> ColumnElement[bool]:
    """Activities of a record that is asked for as `RECORD`: a customer, a person, or one of a later capability."""
    own: dict[str, Any] = {"account": Activity.account_id, "contact": Activity.contact_id}
    about: Any = (Activity.about_kind == kind) & (Activity.about_id == RECORD)
    found: ColumnElement[bool] = own[kind] == RECORD if kind in own else about
    return found


@written_once
def _latest(kind: str) -> Statement:
    latest = (Activity.starts_at.desc(), Activity.id.desc())
    return select(Activity.id).where(of_record(kind)).order_by(*latest).limit(TOLD)


def latest_of(kind: str, record_id: UUID) -> list[UUID]:
    """The ids of the latest activities of a record, for its timeline: with a sub-select in an OR no index on events
    would be used."""
    return _latest(kind).values(record_id=record_id)


def count_open(owner_id: UUID) -> int:
    """How many planned activities a member has."""
    return db.session.scalar(select(func.count(Activity.id)).where(Activity.owner_id == owner_id, IS_OPEN)) or 0


def open_of(owner_id: UUID, *where: ColumnElement[bool]) -> list[Activity]:
    """The planned activities of a member for which `where` holds, whoever asks."""
    return list(db.session.scalars(select(Activity).where(Activity.owner_id == owner_id, IS_OPEN, *where)))


def names(
    model: type[Any], right: Permission, name: InstrumentedAttribute[str], ids: Sequence[UUID]
) -> list[tuple[UUID, str]]:
    """(id, name) of those of these records of a later capability that the reader may see."""
    found = db.session.execute(select(model.id, name).where(model.id.in_(ids), scope.visible(model, right)))
    return [(row[0], row[1]) for row in found]


def ids_within_reach(model: type[Any], right: Permission) -> Select[Any] | None:
    """The ids of the records of a later capability that the reader may see; None: all of them."""
    return None if scope.who().reach(right) is Reach.ALL else _ids(cast(Any, model), scope.visible(model, right))


@lru_cache(maxsize=64)
def _ids(model: Any, visible: ColumnElement[bool]) -> Select[Any]:
    return select(model.id).where(visible)


def about_names(activities: Sequence[Activity]) -> dict[UUID, dict[str, Any]]:
    """Of the records that these activities are about: id → {name, url}, where the reader may see them."""
    found: dict[UUID, dict[str, Any]] = {}
    for subject in subjects.every():
        ids = sorted({a.about_id for a in activities if a.about_kind == subject.kind and a.about_id})
        if ids:
            found |= {key: {"name": name, "url": subject.url(key)} for key, name in subject.names(ids)}
    return found
