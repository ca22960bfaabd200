"""What a partner's person may see: the leads his company has now, what it registered, what it asked.

A lead that was taken back, or a person who moved to another company, takes its sight along at once.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select

from saas.crm.leads.models import Lead
from saas.crm.partners import projection
from saas.crm.partners.models import LeadCheck, Partner, Registration, RegistrationState
from saas.crm.partners.projection import PortalCheck, PortalLead, PortalRegistration
from saas.db import db
from saas.errors import NotFound
from saas.tenants import portal_kinds

SHOWN = 20


def within() -> ColumnElement[bool]:
    """The leads of the reader's company."""
    return Lead.partner_id == portal_kinds.here().account_id


def leads(*, before: UUID | None = None, many: int = SHOWN) -> tuple[list[PortalLead], UUID | None]:
    """The newest leads, and the id to go on from."""
    statement = _leads().order_by(Lead.id.desc()).limit(many + 1)
    if before is not None:
        statement = statement.where(Lead.id < before)
    found = db.session.execute(statement).all()
    following = found[many - 1].Lead.id if len(found) > many else None
    return [projection.lead(one, waits) for one, waits in found[:many]], following


def count() -> int:
    """How many leads there are."""
    return db.session.scalar(select(func.count()).select_from(Lead).where(within())) or 0


def lead(lead_id: UUID) -> PortalLead:
    """One lead.

    Raises:
        NotFound: there is none, or it isn't (any more) his company's: both look the same.
    """
    row = db.session.execute(_leads().where(Lead.id == lead_id)).one_or_none()
    if row is None:
        raise NotFound
    return projection.lead(*row)


def _leads() -> Select[Lead, bool]:
    """His company's leads, each with whether it waits for our answer."""
    asked = (Registration.lead_id == Lead.id, Registration.state == RegistrationState.PENDING)
    return select(Lead, exists().where(*asked).label("waits")).where(within())


def registrations(*, unsettled: bool = False) -> list[PortalRegistration]:
    """The newest registrations; with `unsettled`, those that wait for us or were declined."""
    statement = (
        select(Registration)
        .join(Partner, Partner.id == Registration.partner_id)
        .where(Partner.account_id == portal_kinds.here().account_id)
        .order_by(Registration.id.desc())
        .limit(SHOWN)
    )
    if unsettled:
        statement = statement.where(Registration.state != RegistrationState.ACCEPTED)
    return [projection.registration(one) for one in db.session.scalars(statement)]


def checks() -> list[PortalCheck]:
    """The newest receipts of his company."""
    statement = (
        select(LeadCheck)
        .join(Partner, Partner.id == LeadCheck.partner_id)
        .where(Partner.account_id == portal_kinds.here().account_id)
        .order_by(LeadCheck.id.desc())
        .limit(SHOWN)
    )
    return [projection.check(one) for one in db.session.scalars(statement)]
