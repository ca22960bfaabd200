"""People of partners in the partner portal: who stands behind a portal user, and how they become one."""

from __future__ import annotations

from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from saas import clock
from saas.crm.customers import portal_actions as customers
from saas.crm.customers.models import Account, Contact
from saas.crm.partners.models import Partner
from saas.db import db
from saas.tenants import portal_kinds, scope
from saas.tenants.models import PortalKind
from saas.tenants.portal_kinds import Kind, Subject


def subject(contact_id: UUID) -> Subject | None:
    """A partner's person as the portal sees him; None when he is archived or we no longer work with his company."""
    statement = (
        select(
            Contact.id,
            Contact.name,
            Contact.email,
            Contact.account_id,
            Account.name.label("company"),
            Account.owner_id,
            Account.team_id,
        )
        .join(Account, Account.id == Contact.account_id)
        .join(Partner, Partner.account_id == Account.id)
        .where(
            Contact.id == contact_id,
            Contact.archived_at.is_(None),
            Account.archived_at.is_(None),
            Partner.ended_at.is_(None),
        )
    )
    row = db.session.execute(statement).one_or_none()
    return Subject(**row._mapping) if row else None


def make(company: str, name: str, email: str) -> Subject:
    """The person with this mail address at the partner of this name or number, each added where it is missing."""
    contact = customers.make(company, name, email)
    partner = db.session.scalars(select(Partner).where(Partner.account_id == contact.account_id)).one_or_none()
    if partner is None:
        partner = Partner(account_id=contact.account_id, since=clock.now())
        db.session.add(partner)
    partner.ended_at = None
    db.session.flush()
    found = subject(contact.id)
    assert found is not None
    return found


def _page(contact_id: UUID) -> str:
    wanted = select(Partner.id).join(Contact, Contact.account_id == Partner.account_id).where(Contact.id == contact_id)
    found = db.session.scalar(wanted)
    return f"/{scope.workspace().slug}/partners/{found or ''}"


portal_kinds.register(
    Kind(
        kind=PortalKind.PARTNER,
        path="partner",
        label=_l("Partner portal"),
        roles=("partner",),
        subject=subject,
        make=make,
        url=_page,
    )
)
