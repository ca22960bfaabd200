"""Contacts in the customer portal: who stands behind a portal user, and how contacts become one."""

from __future__ import annotations

from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, select

from saas import search
from saas.crm.customers import actions
from saas.crm.customers.models import Account, Contact
from saas.db import db
from saas.statements import Statement, written_once
from saas.tenants import portal_kinds, scope
from saas.tenants.models import PortalKind
from saas.tenants.portal_kinds import Kind, Subject
from saas.tenants.scope import SYSTEM

ROLES = ("customer", "customer_manager")


@written_once
def _subject() -> Statement:
    return (
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
        .where(Contact.id == bindparam("id"), Contact.archived_at.is_(None), Account.archived_at.is_(None))
    )


def subject(contact_id: UUID) -> Subject | None:
    """A contact as the portal sees him; None when he or his company is archived."""
    found = _subject().first(id=contact_id)
    return Subject(**found._asdict()) if found else None


def make(company: str, name: str, email: str) -> Subject:
    """The contact with this mail address at the customer of this name or number, each added where it is missing."""
    account = _account(company)
    wanted = Contact.account_id == account.id, Contact.archived_at.is_(None)
    contact = db.session.scalars(select(Contact).where(*wanted, Contact.email == email).limit(1)).first()
    if contact is None:
        contact = actions.create_contact(account, {"name": name, "email": email}, by=SYSTEM)
    found = subject(contact.id)
    assert found is not None
    return found


def _account(company: str) -> Account:
    key = search.fold(company)
    same = (Account.number == company.strip().upper()) | (Account.name_key == key)
    statement = select(Account).where(same, Account.archived_at.is_(None)).order_by(Account.id).limit(1)
    found = db.session.scalars(statement).first()
    return found or actions.create_account({"name": company.strip()}, owner=None, by=SYSTEM)


def _page(contact_id: UUID) -> str:
    return f"/{scope.workspace().slug}/contacts/{contact_id}"


portal_kinds.register(
    Kind(
        kind=PortalKind.CUSTOMER,
        path="portal",
        label=_l("Customer portal"),
        roles=ROLES,
        subject=subject,
        make=make,
        url=_page,
    )
)
