"""Reads of territories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from saas.crm.customers.models import Account
from saas.crm.customers.territories import Rule
from saas.crm.customers.territory_models import Territory, TerritoryMember
from saas.db import db
from saas.found import the_one
from saas.kept import kept
from saas.search import fold
from saas.statements import Statement, written_once
from saas.tenants.models import Member, MemberStatus

NONE = "none"
SAID = ("country", "region", "city", "address", "industry", "employees")  # columns that rules ask for


@written_once
def _rows() -> Statement:
    parts = (Territory.countries, Territory.regions, Territory.postcodes, Territory.industries)
    sizes = (Territory.employees_from, Territory.employees_to)
    statement = select(Territory.id, Territory.name, *parts, *sizes).where(Territory.archived_at.is_(None))
    return statement.order_by(Territory.position, Territory.id)


@kept
def rules() -> list[Rule]:
    """The rules in their order."""
    return [
        Rule(
            row.id,
            row.name,
            frozenset(map(fold, row.countries)),
            tuple(map(fold, row.regions)),
            tuple(code.upper().replace(" ", "") for code in row.postcodes),
            frozenset(row.industries),
            row.employees_from,
            row.employees_to,
        )
        for row in _rows().rows()
    ]


def name_of(territory_id: UUID | None) -> str | None:
    """What a territory is called; None where a customer has none."""
    if territory_id is None:
        return None
    return next((rule.name for rule in rules() if rule.id == territory_id), None)


def choices() -> Sequence[tuple[str, Any]]:
    """(id, name) of all of them, in their order."""
    return [(str(rule.id), rule.name) for rule in rules()]


def lies_in(value: str) -> ColumnElement[bool] | None:
    """The condition of a filter: customers of this territory, or of none."""
    if value == NONE:
        return Account.territory_id.is_(None)
    try:
        found: ColumnElement[bool] = Account.territory_id == UUID(value)
    except ValueError:
        return None
    return found


def territory(territory_id: UUID) -> Territory:
    """A territory in use.

    Raises:
        NotFound: there is none of that id.
    """
    statement = select(Territory).where(Territory.id == territory_id, Territory.archived_at.is_(None))
    return the_one(statement.options(joinedload(Territory.manager)))


def territories() -> list[Territory]:
    """All of them in use, in their order."""
    statement = select(Territory).where(Territory.archived_at.is_(None)).options(joinedload(Territory.manager))
    return list(db.session.scalars(statement.order_by(Territory.position, Territory.id)))


def lock_territories() -> list[Territory]:
    """`territories`, held until the transaction ends: two who change their order take turns."""
    statement = select(Territory).where(Territory.archived_at.is_(None)).order_by(Territory.position, Territory.id)
    return list(db.session.scalars(statement.with_for_update().execution_options(populate_existing=True)))


def members_of(territory_id: UUID) -> list[Member]:
    """Who sells there and works here still, by name."""
    here = (TerritoryMember.territory_id == territory_id, Member.status == MemberStatus.ACTIVE)
    statement = select(Member).join(TerritoryMember, TerritoryMember.member_id == Member.id).where(*here)
    return list(db.session.scalars(statement.order_by(Member.name, Member.id)))


def member_ids(territory_id: UUID) -> set[UUID]:
    """The ids of all who are named as selling there."""
    mine = select(TerritoryMember.member_id).where(TerritoryMember.territory_id == territory_id)
    return set(db.session.scalars(mine))


def counts() -> dict[UUID | None, int]:
    """How many customers lie in each territory, and in none."""
    statement = select(Account.territory_id, func.count()).where(Account.archived_at.is_(None))
    return {row[0]: row[1] for row in db.session.execute(statement.group_by(Account.territory_id))}


def count_members() -> dict[UUID, int]:
    """How many sell in each territory."""
    statement = select(TerritoryMember.territory_id, func.count()).group_by(TerritoryMember.territory_id)
    return {row[0]: row[1] for row in db.session.execute(statement)}


def after(account_id: UUID, many: int) -> Sequence[Any]:
    """The next customers by id, with what rules ask for."""
    columns = [getattr(Account, name) for name in SAID]
    statement = select(Account.id, Account.territory_id, *columns).where(Account.id > account_id)
    return db.session.execute(statement.order_by(Account.id).limit(many)).all()
