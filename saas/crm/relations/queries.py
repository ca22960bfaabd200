"""Reads about relations and cooperations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from saas.crm.customers.models import Account
from saas.crm.relations.models import Cooperation, CooperationState, Relation
from saas.db import db
from saas.found import the_one
from saas.statements import Statement, written_once
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission

VIEW = Permission.ACCOUNT_VIEW
MOST = 100  # told on one page
ACCOUNT, OTHER = aliased(Account, name="account"), aliased(Account, name="other")
OWNER_NAME = select(Member.name).where(Member.id == Cooperation.owner_id).correlate(Cooperation).scalar_subquery()
ACCOUNT_NAME = select(Account.name).where(Account.id == Cooperation.account_id).correlate(Cooperation).scalar_subquery()
UNDER_WAY = (CooperationState.PLANNED, CooperationState.RUNNING)


def relation(relation_id: UUID) -> Relation:
    """A relation of a customer within the reader's reach.

    Raises:
        NotFound: there is none, or the customer is beyond his reach.
    """
    found = select(Relation).join(Account, Account.id == Relation.account_id)
    return the_one(found.where(Relation.id == relation_id, scope.visible(Account, VIEW)))


@written_once
def _relations_of() -> Statement:
    asked: Any = bindparam("account_id")
    return (
        select(Relation, ACCOUNT, OTHER)
        .join(ACCOUNT, ACCOUNT.id == Relation.account_id)
        .outerjoin(OTHER, OTHER.id == Relation.other_id)
        .where(or_(Relation.account_id == asked, Relation.other_id == asked))
        .where(Relation.other_id.is_distinct_from(Relation.account_id))  # as where the two have become one
        .order_by(Relation.kind, Relation.id)
        .limit(MOST)
    )


def relations_of(account_id: UUID) -> list[Relation]:
    """What stands between a customer and others, told from either side, with both."""
    return _relations_of().objects(account_id=account_id)


@written_once
def _children_of() -> Statement:
    mine = (Account.parent_id == bindparam("account_id"), Account.archived_at.is_(None))
    return select(Account.id, Account.name).where(*mine).order_by(Account.name_key, Account.id).limit(MOST)


def children_of(account_id: UUID) -> list[Any]:
    """(id, name) of the companies that belong to a customer, by name."""
    return _children_of().rows(account_id=account_id)


def cooperation(cooperation_id: UUID, permission: Permission = VIEW) -> Cooperation:
    """A cooperation within the reader's reach, with its customer, deal and owner.

    Raises:
        NotFound: there is none, or it is beyond his reach: both look the same.
    """
    found = select(Cooperation).where(Cooperation.id == cooperation_id, scope.visible(Cooperation, permission))
    linked = (Cooperation.account, Cooperation.opportunity, Cooperation.owner)
    return the_one(found.options(*(joinedload(link) for link in linked)))


def cooperations_of(account_id: UUID) -> list[Cooperation]:
    """The cooperations with a customer within the reader's reach, the newest first."""
    found = select(Cooperation).where(Cooperation.account_id == account_id, *listed())
    return list(
        db.session.scalars(found.options(joinedload(Cooperation.owner)).order_by(Cooperation.id.desc()).limit(MOST))
    )


def listed() -> tuple[ColumnElement[bool], ...]:
    """What every list of cooperations holds to: the reader's reach."""
    return (scope.visible(Cooperation, VIEW),)


def count_owned(member_id: UUID) -> int:
    """How many cooperations under way a member looks after."""
    mine = (Cooperation.owner_id == member_id, Cooperation.state.in_(UNDER_WAY))
    return db.session.scalar(select(func.count()).select_from(Cooperation).where(*mine)) or 0
