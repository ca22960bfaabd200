"""Reads about partners, for colleagues."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from saas import sealing
from saas.crm.customers import queries as customers
from saas.crm.customers.likeness import Likeness
from saas.crm.customers.models import Account, Contact, Standing
from saas.crm.leads.models import Lead, LeadState
from saas.crm.partners.fingerprints import fingerprints
from saas.crm.partners.models import LeadCheck, Partner, Registration, RegistrationState
from saas.db import current_tenant, db
from saas.found import the_one
from saas.tenants import scope
from saas.tenants.models import PortalKind, PortalUser
from saas.tenants.permissions import Permission

VIEW = Permission.PARTNER_VIEW
SHOWN = 50


def partner(partner_id: UUID) -> Partner:
    """A partner within the reader's reach, by whoever looks after its account.

    Raises:
        NotFound: there is none, or it is beyond his reach: both look the same.
    """
    statement = select(Partner).join(Account, Account.id == Partner.account_id).where(Partner.id == partner_id)
    return the_one(statement.where(scope.visible(Account, VIEW)))


def names(ids: Sequence[UUID]) -> list[tuple[UUID, str]]:
    """The names of those of these partners that the reader may see."""
    statement = select(Partner.id, Account.name).join(Account, Account.id == Partner.account_id)
    found = db.session.execute(statement.where(Partner.id.in_(ids), scope.visible(Account, VIEW)))
    return [(row.id, row.name) for row in found]


def ids_within_reach() -> Select[Any] | None:
    """The ids of the partners that the reader may see; None: all of them."""
    if scope.reaches_all(VIEW):
        return None
    return _ids(scope.visible(Account, VIEW))


@lru_cache(maxsize=64)
def _ids(visible: ColumnElement[bool]) -> Select[Any]:
    return select(Partner.id).join(Account, Account.id == Partner.account_id).where(visible)


def partner_of(account_id: UUID) -> Partner | None:
    """The partner that an account is, or was."""
    return db.session.scalars(select(Partner).where(Partner.account_id == account_id)).one_or_none()


def partners(*where: ColumnElement[bool]) -> list[Partner]:
    """The partners within reach, those we work with first, then by name."""
    statement = select(Partner).join(Account, Account.id == Partner.account_id).where(scope.visible(Account, VIEW))
    order = (Partner.ended_at.is_not(None), Account.name_key, Partner.id)
    return list(db.session.scalars(statement.where(*where).order_by(*order)))


def lie_free(accounts: Sequence[Account]) -> bool:
    """True when nobody looks after any of these customers, and none of them is a partner of ours."""
    if not accounts:
        return True
    if any(account.standing is not Standing.POOL for account in accounts):
        return False
    ours = select(Partner.id).where(Partner.account_id.in_([a.id for a in accounts]), Partner.ended_at.is_(None))
    return db.session.scalar(ours.limit(1)) is None


def active() -> list[Partner]:
    """The partners to whom a lead can be given."""
    return partners(Partner.ended_at.is_(None), Account.archived_at.is_(None))


def counts(partners: Sequence[Partner]) -> dict[UUID, tuple[int, int]]:
    """Partner id → how many open leads it has, and how many registrations wait; two statements."""
    accounts = {p.account_id: p.id for p in partners}
    open_leads = (
        select(Lead.partner_id, func.count())
        .where(Lead.partner_id.in_(accounts), Lead.state != LeadState.LOST)
        .group_by(Lead.partner_id)
    )
    waiting = select(Registration.partner_id, func.count()).where(
        Registration.partner_id.in_(accounts.values()), Registration.state == RegistrationState.PENDING
    )
    leads = {accounts[account_id]: count for account_id, count in db.session.execute(open_leads) if account_id}
    asked = {row[0]: row[1] for row in db.session.execute(waiting.group_by(Registration.partner_id))}
    return {p.id: (leads.get(p.id, 0), asked.get(p.id, 0)) for p in partners}


def people(partner: Partner) -> list[tuple[Contact, PortalUser | None]]:
    """The contacts of a partner, each with his way into the portal if he has one."""
    contacts = customers.contacts_of(partner.account_id)
    theirs = (PortalUser.kind == PortalKind.PARTNER, PortalUser.subject_id.in_([one.id for one in contacts]))
    known = {one.subject_id: one for one in db.session.scalars(select(PortalUser).where(*theirs))}
    return [(one, known.get(one.id)) for one in contacts]


def person(partner: Partner, contact_id: UUID) -> Contact:
    """A contact of a partner.

    Raises:
        NotFound: it has none of that id.
    """
    wanted = (Contact.id == contact_id, Contact.account_id == partner.account_id, Contact.archived_at.is_(None))
    return the_one(select(Contact).where(*wanted))


def leads_of(partner: Partner) -> list[Lead]:
    """The newest leads that a partner has, as far as the reader sees leads."""
    wanted = (Lead.partner_id == partner.account_id, scope.visible(Lead, Permission.LEAD_VIEW))
    return list(db.session.scalars(select(Lead).where(*wanted).order_by(Lead.id.desc()).limit(SHOWN)))


def registration(registration_id: UUID) -> Registration:
    """A registration of a partner within reach, with those who wrote and decided it.

    Raises:
        NotFound: as for `partner`.
    """
    return the_one(_registrations().where(Registration.id == registration_id))


def registration_row(registration_id: UUID) -> Registration:
    """A registration, for a job or a verb, which have no reader."""
    return db.session.scalars(
        select(Registration).where(Registration.id == registration_id).options(joinedload(Registration.portal_user))
    ).one()


def registration_of(lead_id: UUID) -> Registration | None:
    """How a lead was registered, if a partner brought it."""
    return db.session.scalars(select(Registration).where(Registration.lead_id == lead_id)).one_or_none()


def registrations(*where: ColumnElement[bool]) -> list[Registration]:
    """The newest registrations within reach, those that wait for an answer first."""
    order = (Registration.state != RegistrationState.PENDING, Registration.id.desc())
    return list(db.session.scalars(_registrations().where(*where).order_by(*order).limit(SHOWN)))


def checks_of(partner: Partner) -> list[LeadCheck]:
    """What a partner asked of late."""
    wanted = LeadCheck.partner_id == partner.id
    return list(db.session.scalars(select(LeadCheck).where(wanted).order_by(LeadCheck.id.desc()).limit(10)))


def checks_alike(keys: Likeness) -> list[LeadCheck]:
    """Who asked for the same, the first first: that decides who was earlier."""
    column = {"company_hash": LeadCheck.company_hash, "phone_hash": LeadCheck.phone_hash}
    column["mail_hash"] = LeadCheck.mail_hash
    same = [column[name] == value for name, value in hashes(keys).items() if value]
    if not same:
        return []
    return list(db.session.scalars(select(LeadCheck).where(or_(*same)).order_by(LeadCheck.id).limit(SHOWN)))


def hashes(keys: Likeness) -> dict[str, bytes | None]:
    """The keyed hashes of a question, by column."""
    secret = sealing.derived(current_app.config["SECRET_KEY"], "lead check")
    return fingerprints(keys, current_tenant(), secret)


def _registrations() -> Select[Registration]:
    return (
        select(Registration)
        .join(Partner, Partner.id == Registration.partner_id)
        .join(Account, Account.id == Partner.account_id)
        .where(scope.visible(Account, VIEW))
        .options(joinedload(Registration.portal_user), joinedload(Registration.decided_by))
    )
