"""Tables of the service itself, reached by the platform role: no tenant can see another's row here, because no page of
a workspace reads them but through the verbs of `actions.py`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from saas.db import PlatformModel


class TenantStatus(StrEnum):
    """Where a workspace stands with us. `unconfirmed` becomes `trial` when the owner opens the mailed link. `suspended`
    is at rest for want of payment: people can read, export and pay.
    """

    UNCONFIRMED = "unconfirmed"
    TRIAL = "trial"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class Tenant(PlatformModel):
    """A company that rents Seaport; on screens "workspace". The app role sees its own row only and may change what
    `migrations/isolation.py` grants."""

    __tablename__ = "tenant"
    __table_args__ = (CheckConstraint("slug ~ '^[a-z0-9](-?[a-z0-9]){1,39}$'", name="slug"),)

    slug: Mapped[str] = mapped_column(unique=True)  # its place in every address: /<slug>/…
    name: Mapped[str]
    status: Mapped[TenantStatus]
    locale: Mapped[str] = mapped_column(default="en")  # of letters to people who have not chosen one
    timezone: Mapped[str] = mapped_column(default="UTC")  # IANA
    currency: Mapped[str] = mapped_column(default="USD")  # ISO 4217
    logo_id: Mapped[UUID | None]  # a file of the tenant
    seat_limit: Mapped[int | None]  # seats paid for; None while nothing limits them. Written by billing
    trial_ends_at: Mapped[datetime | None]
    idle_minutes: Mapped[int] = mapped_column(default=720)  # a staff session ends after so long without a click
    session_hours: Mapped[int] = mapped_column(default=168)  # and after so long in any case
    turn: Mapped[int] = mapped_column(server_default="0")  # of what processes keep of it: `saas/kept.py`

    def is_open(self) -> bool:
        """True when its people may work in it."""
        return self.status in {TenantStatus.TRIAL, TenantStatus.ACTIVE}


class ByPhone:
    """What is kept of a phone whose codes are the second step of a sign-in."""

    totp_secret: Mapped[bytes | None]  # sealed with the service's key
    totp_step: Mapped[int | None]  # last step used, so that no code works twice
    totp_failures: Mapped[int] = mapped_column(default=0)  # wrong codes since the last right one
    totp_paused_until: Mapped[datetime | None]  # after ten wrong codes

    @property
    def has_codes(self) -> bool:
        """True when his phone shows codes for the second step."""
        return self.totp_secret is not None


class User(ByPhone, PlatformModel):
    """A person who signs in, once for all workspaces."""

    __tablename__ = "user"

    email: Mapped[str] = mapped_column(unique=True)  # lower case
    name: Mapped[str]
    password_hash: Mapped[str | None]  # Argon2id; None until an invitation is accepted
    locale: Mapped[str] = mapped_column(default="en")
    timezone: Mapped[str] = mapped_column(default="UTC")
    theme: Mapped[str] = mapped_column(default="auto")  # auto, light, dark
    shortcuts: Mapped[bool] = mapped_column(default=True)  # single-key shortcuts (WCAG 2.1.4)
    confirmed_at: Mapped[datetime | None]  # the address was proved
    passkeys: Mapped[int] = mapped_column(default=0)  # how many he has; with one, the password alone is not enough
    epoch: Mapped[int] = mapped_column(default=0)  # raised on a password change; older sessions end
    disabled_at: Mapped[datetime | None]

    @property
    def has_second_factor(self) -> bool:
        """True when a sign-in asks for more than the password: a code, or a passkey."""
        return self.has_codes or self.passkeys > 0


class Operator(ByPhone, PlatformModel):
    """A person who runs the service. Operators stand apart: none is a user of a workspace by being one, nor the other
    way round, and without codes from a phone nobody is let in.
    """

    __tablename__ = "operator"

    email: Mapped[str] = mapped_column(unique=True)  # lower case
    name: Mapped[str]
    password_hash: Mapped[str]  # Argon2id
    epoch: Mapped[int] = mapped_column(default=0)  # raised on a change of password or phone; older sessions end
    disabled_at: Mapped[datetime | None]


class Passkey(PlatformModel):
    """A key that a person's device or password manager holds; it signs him in by itself, or as the second step."""

    __tablename__ = "passkey"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]  # COSE
    sign_count: Mapped[int] = mapped_column(default=0)  # of its last use; 0 where the device doesn't count
    transports: Mapped[str] = mapped_column(default="")  # how browsers reach it: "internal hybrid"
    name: Mapped[str]  # as its owner called it
    last_used_at: Mapped[datetime | None]


class PasskeyChallenge(PlatformModel):
    """What a browser was asked to sign. It is used up by the first answer, right or wrong."""

    __tablename__ = "passkey_challenge"
    __table_args__ = (Index(None, "expires_at"),)

    challenge: Mapped[bytes] = mapped_column(unique=True)
    purpose: Mapped[str]  # sign_in, second, add
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(PlatformModel):
    """One way in for a person who lost the second factor; usable once."""

    __tablename__ = "recovery_code"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[bytes]
    used_at: Mapped[datetime | None]


class SessionAudience(StrEnum):
    """Which door a session opens. `person` is the sign-in before a workspace is chosen."""

    PERSON = "person"
    STAFF = "staff"
    CUSTOMER = "customer"
    PARTNER = "partner"
    OPERATOR = "operator"


class Session(PlatformModel):
    """One signed-in browser; the cookie holds the secret, the row its SHA-256."""

    __tablename__ = "session"
    __table_args__ = (
        Index(None, "user_id"),
        Index(None, "portal_user_id"),
        Index(None, "operator_id"),
        CheckConstraint("num_nonnulls(user_id, portal_user_id, operator_id) = 1", name="one_owner"),
    )

    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    audience: Mapped[SessionAudience]
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    portal_user_id: Mapped[UUID | None]  # a row of the tenant, so no key from here
    operator_id: Mapped[UUID | None] = mapped_column(ForeignKey("operator.id", ondelete="CASCADE"))
    epoch: Mapped[int]  # of its owner when it began
    last_seen_at: Mapped[datetime]
    idle_until: Mapped[datetime]
    expires_at: Mapped[datetime]
    stepped_up_at: Mapped[datetime | None]  # when the password was last asked again
    revoked_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(default="")
    agent: Mapped[str] = mapped_column(default="")  # the browser's own words, cut

    user: Mapped[User | None] = relationship(User)
    tenant: Mapped[Tenant | None] = relationship(Tenant)

    def is_stepped_up(self, now: datetime) -> bool:
        """True when the password was asked within the last ten minutes."""
        return self.stepped_up_at is not None and now - self.stepped_up_at < timedelta(minutes=10)


class Token(PlatformModel):
    """A single-use secret in a mailed link: to confirm an address, to reset a password, to change the address.

    It is bound to its purpose and to the address it was mailed to. Whether someone signs in with that address is
    looked up when the link is used: asking for a link does the same whoever asks.
    """

    __tablename__ = "token"

    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    purpose: Mapped[str]  # confirm, reset, change_email
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)  # change_email
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))  # confirm
    email: Mapped[str]  # the address it was sent to
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)  # confirm: the person's name
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Letter(PlatformModel):
    """A mail of the service itself, belonging to no workspace; kept until a worker has posted it.

    A link's secret is not in here: the worker derives it again from the token's id.
    """

    __tablename__ = "letter"
    __table_args__ = (
        Index("ix_letter_due", "due_at", postgresql_where=text("sent_at is null and gave_up_at is null")),
    )

    kind: Mapped[str]  # which template under templates/mail
    email: Mapped[str]
    locale: Mapped[str]
    token_id: Mapped[UUID | None] = mapped_column(ForeignKey("token.id", ondelete="CASCADE"), index=True)
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    gave_up_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
