"""The people of one workspace, what they may, and how they came in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from saas.db import TenantModel, Versioned, index, link, linked, unique


class Role(Versioned, TenantModel):
    """A named set of rights. The names of rights are code; which role has which, and how far, is the workspace's."""

    __tablename__ = "role"
    __kept__ = True
    __table_args__ = (unique("key"),)

    key: Mapped[str]  # owner, manager, agent, readonly, customer, customer_manager, partner, or the workspace's own
    name: Mapped[str | None]  # None: the translated name of `key`
    rights: Mapped[dict[str, Any]]  # right → reach
    hidden_fields: Mapped[list[str]] = mapped_column(default=list)  # "account.tax_number": kept from this role

    @property
    def may_change(self) -> bool:
        """True when it has a right to change records of some kind, in any reach."""
        return any(right.endswith(".edit") for right in self.rights)


class Team(Versioned, TenantModel):
    """A group of members; the reach "team" covers one's own and those below."""

    __tablename__ = "team"
    __kept__ = True
    __table_args__ = (unique("name"),)

    name: Mapped[str]
    parent_id: Mapped[UUID | None] = link("team", index=True)


class MemberStatus(StrEnum):
    """`placeholder` came in with an import: owns records, can't sign in, takes no seat."""

    PLACEHOLDER = "placeholder"
    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class Digest(StrEnum):
    """On which mornings somebody gets a letter about his day."""

    NEVER = "never"
    WEEKDAYS = "weekdays"
    DAILY = "daily"


class Member(Versioned, TenantModel):
    """A person's place in one workspace. Name and language are his own copy, so that no page needs the platform's."""

    __tablename__ = "member"
    __kept__ = True
    __table_args__ = (
        unique("user_id", where="user_id is not null"),
        unique("email", where="email is not null"),
        index("status"),
    )

    user_id: Mapped[UUID | None]  # the platform's user; no key, the app role can't see that table
    name: Mapped[str]
    email: Mapped[str | None]
    status: Mapped[MemberStatus]
    role_id: Mapped[UUID] = link("role", index=True)
    team_id: Mapped[UUID | None] = link("team", index=True)
    manager_id: Mapped[UUID | None] = link("member", index=True)
    locale: Mapped[str] = mapped_column(default="en")
    timezone: Mapped[str] = mapped_column(default="UTC")
    picture_id: Mapped[UUID | None]
    mails: Mapped[bool] = mapped_column(default=True)  # wants notices by mail as well as in the bell
    notice_ways: Mapped[dict[str, Any]] = mapped_column(default=dict)  # kind of notice → what he chose himself
    digest: Mapped[Digest] = mapped_column(default=Digest.NEVER)
    digest_hour: Mapped[int] = mapped_column(default=8)  # of his own day
    quiet_from: Mapped[int | None]  # the hour of his day from which he is left alone; None: never
    quiet_until: Mapped[int | None]  # and that to which; the next day's where it is the smaller
    joined_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]

    role: Mapped[Role] = linked("role_id", innerjoin=True)  # not joined by itself: most who read a member want a name

    @property
    def quiet(self) -> tuple[int, int] | None:
        """From which hour to which he wants to be left alone; None: never."""
        if self.quiet_from is None or self.quiet_until is None:
            return None
        return self.quiet_from, self.quiet_until

    @property
    def takes_seat(self) -> bool:
        """True when this member is paid for."""
        return self.status == MemberStatus.ACTIVE and self.user_id is not None


class PortalKind(StrEnum):
    """Whose person a portal user is."""

    CUSTOMER = "customer"
    PARTNER = "partner"


class PortalUserStatus(StrEnum):
    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class PortalUser(Versioned, TenantModel):
    """A customer's or partner's person who signs in to this workspace's portal; never a seat."""

    __tablename__ = "portal_user"
    __table_args__ = (unique("kind", "email"), index("kind", "subject_id"))

    kind: Mapped[PortalKind]
    subject_id: Mapped[UUID]  # the contact, or the partner's person; checked by that capability
    account_id: Mapped[UUID]  # the account he speaks for now; moved with the contact
    role_id: Mapped[UUID] = link("role", index=True)
    name: Mapped[str]
    email: Mapped[str]
    status: Mapped[PortalUserStatus]
    password_hash: Mapped[str | None]
    locale: Mapped[str] = mapped_column(default="en")
    timezone: Mapped[str] = mapped_column(default="UTC")
    epoch: Mapped[int] = mapped_column(default=0)
    mails: Mapped[bool] = mapped_column(default=True)
    last_seen_at: Mapped[datetime | None]

    role: Mapped[Role] = linked("role_id", lazy="joined", innerjoin=True)


class Invitation(TenantModel):
    """A mailed link that lets a member or a portal user in, once. The row holds the SHA-256 of its secret."""

    __tablename__ = "invitation"
    __table_args__ = (unique("secret_hash"), index("member_id"), index("portal_user_id"))

    secret_hash: Mapped[bytes]
    purpose: Mapped[str]  # join, reset (a portal user's forgotten password)
    member_id: Mapped[UUID | None] = link("member", ondelete="CASCADE")
    portal_user_id: Mapped[UUID | None] = link("portal_user", ondelete="CASCADE")
    email: Mapped[str]
    invited_by_id: Mapped[UUID | None] = link("member")
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
