"""A lead, a registration and a receipt in the eyes of a partner.

What isn't a field here doesn't leave the house: owner, remarks, source, whoever else wants the lead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l

from saas.crm.leads.models import STATE_LOOKS, Lead, LeadState
from saas.crm.partners.models import (
    ANSWER_LOOKS,
    ANSWER_WORDS,
    REGISTRATION_LOOKS,
    REGISTRATION_WORDS,
    LeadCheck,
    Registration,
    RegistrationState,
)

STEPS = (_l("With you"), _l("Being worked on"), _l("Qualified"))
STEP_OF = {LeadState.NEW: 0, LeadState.WORKING: 1, LeadState.QUALIFIED: 2, LeadState.LOST: 0}
PORTAL_WORDS = {
    LeadState.NEW: _l("With you"),
    LeadState.WORKING: _l("Being worked on"),
    LeadState.QUALIFIED: _l("Qualified"),
    LeadState.LOST: _l("No longer pursued"),
}


@dataclass(frozen=True)
class PortalLead:
    """What a partner sees of a lead given to him."""

    id: UUID
    number: str
    name: str
    company: str | None
    phone: str | None
    email: str | None
    state: Any  # in a partner's words
    look: str
    has_steps: bool  # false while we haven't answered, and once it is lost
    step: int  # index in STEPS
    given_at: datetime | None
    protected_until: datetime | None


@dataclass(frozen=True)
class PortalRegistration:
    """What a partner sees of a registration: what he wrote, and our answer."""

    id: UUID
    company: str
    name: str | None
    state: Any
    look: str
    reason: str | None
    filed_at: datetime
    protected_until: datetime | None


@dataclass(frozen=True)
class PortalCheck:
    """A receipt."""

    code: str
    answer: str
    word: Any
    look: str
    at: datetime


def lead(row: Lead, waits: bool) -> PortalLead:
    """A lead as its partner sees it; `waits`: he registered it, and we haven't answered yet."""
    asked = RegistrationState.PENDING
    return PortalLead(
        id=row.id,
        number=row.number,
        name=row.name,
        company=row.company if row.company != row.name else None,
        phone=row.phone,
        email=row.email,
        state=REGISTRATION_WORDS[asked] if waits else PORTAL_WORDS[row.state],
        look=REGISTRATION_LOOKS[asked] if waits else STATE_LOOKS[row.state],
        has_steps=not waits and not row.is_lost,
        step=STEP_OF[row.state],
        given_at=None if waits else row.given_at,
        protected_until=row.protected_until,
    )


def registration(row: Registration) -> PortalRegistration:
    """A registration as its partner sees it."""
    declined = row.state is RegistrationState.DECLINED
    return PortalRegistration(
        id=row.id,
        company=row.company,
        name=row.name,
        state=REGISTRATION_WORDS[row.state],
        look=REGISTRATION_LOOKS[row.state],
        reason=row.reason if declined else None,
        filed_at=row.created_at,
        protected_until=None if declined else row.lead.protected_until,
    )


def check(row: LeadCheck) -> PortalCheck:
    """A receipt as its partner sees it."""
    return PortalCheck(row.code, row.answer.value, ANSWER_WORDS[row.answer], ANSWER_LOOKS[row.answer], row.created_at)
