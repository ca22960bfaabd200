"""Reads about cases. What a customer may see goes through `saas.crm.service_desk.portal_queries`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from saas.crm.customers.models import Account
from saas.crm.service_desk.models import IS_TO_DO, UNSETTLED, Case, CaseKind, CaseMessage
from saas.db import db
from saas.found import the_one
from saas.statements import Statement, among, written_once
from saas.tenants import scope
from saas.tenants.actions import attachments
from saas.tenants.models import File
from saas.tenants.permissions import Permission

OF_ACCOUNT = 50  # cases on a customer's page
IS_HIS = or_(Case.owner_id == scope.READER, Case.owner_id.is_(None))
ACCOUNT = aliased(Account, name="account")


def case(case_id: UUID, permission: Permission = Permission.CASE_VIEW) -> Case:
    """A case within the reader's reach, with its customer, contact, deal and owner.

    Raises:
        NotFound: there is none, or it is beyond his reach: both look the same.
    """
    statement = (
        select(Case)
        .where(Case.id == case_id, scope.visible(Case, permission))
        .options(
            joinedload(Case.account), joinedload(Case.contact), joinedload(Case.owner), joinedload(Case.opportunity)
        )
    )
    return the_one(statement)


def lock_case(case_id: UUID) -> Case:
    """The case's row as it is now, held until the transaction ends; for verbs, which check rights themselves.

    Raises:
        NotFound: the workspace has no such case.
    """
    statement = (
        select(Case).where(Case.id == case_id).with_for_update(of=Case).execution_options(populate_existing=True)
    )
    return the_one(statement)


def case_row(case_id: UUID) -> Case:
    """A case whoever asks, with its customer and owner; for the worker.

    Raises:
        NotFound: the workspace has no such case.
    """
    statement = select(Case).where(Case.id == case_id).options(joinedload(Case.account), joinedload(Case.owner))
    return the_one(statement)


def message(message_id: UUID) -> CaseMessage:
    """Something written in a case; for the worker.

    Raises:
        NotFound: there is none of that id.
    """
    return the_one(select(CaseMessage).where(CaseMessage.id == message_id))


def messages(case_id: UUID) -> list[CaseMessage]:
    """All that was written in a case, in its order."""
    statement = (
        select(CaseMessage)
        .where(CaseMessage.case_id == case_id)
        .options(joinedload(CaseMessage.member), joinedload(CaseMessage.portal_user))
        .order_by(CaseMessage.id)
    )
    return list(db.session.scalars(statement))


def enclosed(case_id: UUID) -> dict[UUID, list[File]]:
    """The files that were sent along with what was written in a case: id of the message, or of the case, → files."""
    wanted = (*attachments.lying_on(Case.__tablename__, case_id), File.came_with_id.is_not(None))
    found: dict[UUID, list[File]] = {}
    for file in db.session.scalars(select(File).where(*wanted).order_by(File.id)):
        found.setdefault(file.came_with_id or case_id, []).append(file)
    return found


@written_once
def _hits(*where: ColumnElement[bool]) -> Statement:
    found = select(Case.id, Case.subject, Case.number, Case.kind, Account.name.label("account"))
    found = found.join(Account, Account.id == Case.account_id)
    return found.where(among(Case.id, "ids"), *where).order_by(Case.id.desc())


def hits(ids: Sequence[UUID]) -> list[Any]:
    """(id, subject, number, kind, account) of these cases, the newest first; the account by its name."""
    return _hits(*scope.unhidden(Case)).rows(ids=ids)


def of_account(account_id: UUID) -> list[Case]:
    """The newest cases of a customer within reach, those that still need something first."""
    statement = (
        select(Case)
        .where(Case.account_id == account_id, *listed())
        .options(joinedload(Case.owner))
        .order_by(Case.state.in_(UNSETTLED).desc(), Case.id.desc())
        .limit(OF_ACCOUNT)
    )
    return list(db.session.scalars(statement))


@lru_cache(maxsize=64)
def _open_complaints(*where: ColumnElement[bool]) -> ColumnElement[int]:
    theirs = Case.account_id == Account.id, Case.kind == CaseKind.COMPLAINT, Case.state.in_(UNSETTLED)
    counted = select(func.count(Case.id)).where(*theirs, *where).correlate(Account).scalar_subquery()
    return counted.label("open_complaints")


def open_complaints() -> ColumnElement[int]:
    """How many complaints of an account, within reach, are not settled: `let_count` of `customers`."""
    return _open_complaints(*listed())


@written_once
def _count_to_do(*where: ColumnElement[bool]) -> Statement:
    waiting = select(Case.id).where(IS_TO_DO, IS_HIS, *where).limit(bindparam("most")).subquery()
    return select(func.count().label("many")).select_from(waiting)


def count_to_do(most: int = 100) -> int:
    """How many cases wait for the reader: his own, and those that nobody has taken; counted up to `most`."""
    return _count_to_do(*listed()).value(most=most) or 0


@written_once
def _next_ones(*where: ColumnElement[bool]) -> Statement:
    return (
        select(Case, ACCOUNT)
        .join(ACCOUNT, ACCOUNT.id == Case.account_id)
        .where(IS_TO_DO, IS_HIS, *where)
        .order_by(Case.turn, Case.id)
        .limit(bindparam("many"))
    )


def next_ones(many: int) -> list[Case]:
    """The first cases in the reader's queue, each with its customer: his own, and those that nobody has taken."""
    return _next_ones(*listed()).objects(many=many)


def count_by_owner(owner_id: UUID) -> int:
    """How many cases a member holds that are not settled."""
    return db.session.scalar(select(func.count(Case.id)).where(*held_by(owner_id))) or 0


def held_by(owner_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """What a member must hand over when he leaves."""
    return (Case.owner_id == owner_id, Case.state.in_(UNSETTLED))


def listed() -> tuple[ColumnElement[bool], ...]:
    """What every list of cases holds to: the reader's reach."""
    return (scope.visible(Case, Permission.CASE_VIEW),)
