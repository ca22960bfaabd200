"""What a customer sees of contracts: those addressed to him, or all of his company. Nothing that isn't a field here
leaves the house: cost, owner, deal, reminders of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from saas.crm.contracts import record
from saas.crm.contracts.models import RUNNING, STATE_LOOKS, STATE_WORDS, Contract
from saas.crm.customers.models import Contact
from saas.crm.papers import print_queries as prints
from saas.crm.papers.models import PaperPrint
from saas.db import db
from saas.found import known, the_one
from saas.tenants import portal_kinds, scope
from saas.tenants.permissions import Permission, Reach
from saas.tenants.scope import today

MANY = 100  # contracts of one customer
WITH_CONTACT = joinedload(Contract.contact).lazyload(Contact.account)


@dataclass(frozen=True)
class PortalContract:
    """What a customer sees of a contract.

    left: the days until its end in words, where he is to be reminded of it; None elsewhere.
    """

    id: UUID
    number: str
    name: str
    state: Any
    look: str
    value: str
    starts_on: date
    ends_on: date | None
    notice: str | None
    left: str | None
    has_pdf: bool


def within() -> tuple[ColumnElement[bool], ...]:
    """What every read for the portal holds to: nothing that wasn't signed."""
    person = portal_kinds.here()
    of_company = (
        Contract.account_id == person.account_id,
        Contract.signed_on.is_not(None),
        Contract.archived_at.is_(None),
    )
    if scope.who().reach(Permission.PORTAL_ORDER) is Reach.ALL:
        return of_company
    return (*of_company, Contract.contact_id == person.id)


def contracts() -> list[PortalContract]:
    """His contracts, those that run first."""
    statement = select(Contract).where(*within()).order_by(Contract.state.in_(RUNNING).desc(), Contract.id.desc())
    found = list(db.session.scalars(statement.options(WITH_CONTACT).limit(MANY)))
    return _shown(found, {*prints.newest(Contract.__tablename__, [one.id for one in found])})


def ending() -> list[PortalContract]:
    """Those of whose end he is to be reminded now, the first to end first."""
    told = (Contract.state.in_(RUNNING), Contract.tells_customer, Contract.end_reason.is_(None))
    soon = (Contract.ends_on >= today(), *told, *within())
    statement = select(Contract).where(*soon).order_by(Contract.ends_on, Contract.id).options(WITH_CONTACT)
    return [one for one in _shown(list(db.session.scalars(statement.limit(MANY))), set()) if one.left]


def signed(contract_id: UUID) -> PaperPrint:
    """The PDF of a contract as it was signed.

    Raises:
        NotFound: there is none, or the contract isn't his.
    """
    row = the_one(select(Contract).where(Contract.id == contract_id, *within()).options(WITH_CONTACT))
    return known(prints.newest(Contract.__tablename__, [row.id]).get(row.id))


def _shown(found: list[Contract], printed: set[UUID]) -> list[PortalContract]:
    day = today()
    return [
        PortalContract(
            id=one.id,
            number=one.label,
            name=one.name,
            state=STATE_WORDS[one.state],
            look=STATE_LOOKS[one.state],
            value=record.value(one),
            starts_on=one.starts_on,
            ends_on=one.ends_on,
            notice=record.notice(one),
            left=record.left(one, day) if _is_near(one, day) else None,
            has_pdf=one.id in printed,
        )
        for one in found
    ]


def _is_near(one: Contract, day: date) -> bool:
    if not one.tells_customer or not one.is_running or one.ends_on is None or one.end_reason is not None:
        return False
    return bool(one.remind_days) and one.ends_on - timedelta(days=max(one.remind_days)) <= day
