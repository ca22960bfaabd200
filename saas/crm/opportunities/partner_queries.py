"""Reads of the companies through which deals are sold."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from saas.crm.customers.models import Account
from saas.crm.opportunities.models import Opportunity
from saas.crm.opportunities.queries import listed
from saas.db import db

MOST = 500  # that a filter offers


def names() -> dict[UUID, str]:
    """The companies through which deals within the reader's reach are sold, by name."""
    selling = select(Opportunity.partner_id).where(Opportunity.partner_id.is_not(None), *listed())
    statement = select(Account.id, Account.name).where(Account.id.in_(selling)).order_by(Account.name_key, Account.id)
    return {row[0]: row[1] for row in db.session.execute(statement.limit(MOST))}
