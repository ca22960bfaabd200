"""The secret address of a member's calendar."""

from __future__ import annotations

from saas.crm.activities import address_queries
from saas.crm.activities.models import CalendarAddress
from saas.db import db
from saas.tenants import events, tokens
from saas.tenants.models import Member

MADE, REVOKED = "calendar_address.made", "calendar_address.revoked"


def make(member: Member) -> str:
    """Make a member's address, in place of the one he had; returns the secret, which is kept nowhere."""
    secret = tokens.fresh()
    found = address_queries.of(member.id)
    if found is None:
        found = CalendarAddress(member_id=member.id, secret_hash=tokens.digest(secret))
        db.session.add(found)
    found.secret_hash = tokens.digest(secret)
    db.session.flush()
    events.record(MADE, found, by=member)
    return secret


def revoke(member: Member) -> None:
    """Take a member's address back: calendar programs get nothing from it any more."""
    found = address_queries.of(member.id)
    if found is not None:
        db.session.delete(found)
        db.session.flush()
        events.record(REVOKED, found, by=member)
