"""Partners, the leads they register, and the receipts of what they asked."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped, mapped_column

from saas.crm.customers.models import Account
from saas.crm.leads.models import Lead
from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.tenants.models import Member, PortalUser


class RegistrationState(StrEnum):
    """What became of a lead that a partner registered."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Answer(StrEnum):
    """All that a partner learns when he asks for a name."""

    FREE = "free"
    ALIKE = "alike"  # one of a similar name is known: a colleague looks at it
    TAKEN = "taken"
    YOURS = "yours"


REGISTRATION_WORDS = {
    RegistrationState.PENDING: _l("Waiting for an answer"),
    RegistrationState.ACCEPTED: lazy_pgettext("registration", "Accepted"),
    RegistrationState.DECLINED: lazy_pgettext("registration", "Declined"),
}
REGISTRATION_LOOKS = {
    RegistrationState.PENDING: "waiting",
    RegistrationState.ACCEPTED: "good",
    RegistrationState.DECLINED: "wrong",
}
ANSWER_WORDS = {
    Answer.FREE: lazy_pgettext("lead check", "Free"),
    Answer.ALIKE: lazy_pgettext("lead check", "Similar name known"),
    Answer.TAKEN: lazy_pgettext("lead check", "Taken"),
    Answer.YOURS: lazy_pgettext("lead check", "Yours"),
}
ANSWER_LOOKS = {Answer.FREE: "good", Answer.ALIKE: "waiting", Answer.TAKEN: "wrong", Answer.YOURS: "sea"}


class Partner(Versioned, TenantModel):
    """An account in the role of a partner."""

    __tablename__ = "partner"
    __table_args__ = (unique("account_id"), index("since", "id", name="ix_partner_by_since"))

    account_id: Mapped[UUID] = link("account")
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # its people have no way in, and get no leads

    account: Mapped[Account] = linked("account_id", lazy="joined", innerjoin=True)

    @property
    def is_active(self) -> bool:
        """True while we work together."""
        return self.ended_at is None


class Registration(Versioned, TenantModel):
    """A lead that a partner brought, as he wrote it down, and our answer."""

    __tablename__ = "registration"
    __table_args__ = (
        unique("lead_id"),
        index("partner_id", "id", name="ix_registration_by_partner"),
        index("id", where="state = 'pending'", name="ix_registration_waiting"),
    )

    lead_id: Mapped[UUID] = link("lead", ondelete="CASCADE")
    partner_id: Mapped[UUID] = link("partner")
    portal_user_id: Mapped[UUID] = link("portal_user", index=True)  # who registered it
    company: Mapped[str]
    name: Mapped[str | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    about: Mapped[str | None]  # what they need, in the partner's words
    state: Mapped[RegistrationState] = mapped_column(default=RegistrationState.PENDING)
    reason: Mapped[str | None]  # why it was declined
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None] = link("member", index=True)

    lead: Mapped[Lead] = linked("lead_id", lazy="joined", innerjoin=True)
    partner: Mapped[Partner] = linked("partner_id", lazy="joined", innerjoin=True)
    portal_user: Mapped[PortalUser] = linked("portal_user_id")
    decided_by: Mapped[Member | None] = linked("decided_by_id")


class LeadCheck(TenantModel):
    """The receipt of a question: who asked when, for what (as keyed hashes only), and what he was told."""

    __tablename__ = "lead_check"
    __table_args__ = (
        unique("code"),
        index("partner_id", "id", name="ix_lead_check_by_partner"),
        index("company_hash", where="company_hash is not null", name="ix_lead_check_by_company"),
        index("phone_hash", where="phone_hash is not null", name="ix_lead_check_by_phone"),
        index("mail_hash", where="mail_hash is not null", name="ix_lead_check_by_mail"),
    )

    code: Mapped[str]  # random, on the receipt
    partner_id: Mapped[UUID] = link("partner")
    portal_user_id: Mapped[UUID] = link("portal_user", index=True)
    company_hash: Mapped[bytes | None]  # HMAC-SHA-256 of the key, by a secret of the service, for this workspace
    phone_hash: Mapped[bytes | None]
    mail_hash: Mapped[bytes | None]
    answer: Mapped[Answer]

    partner: Mapped[Partner] = linked("partner_id", lazy="joined", innerjoin=True)
