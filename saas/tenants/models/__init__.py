"""The tables of identity: the register of workspaces and users, the people of one workspace, the trail of events."""

from saas.tenants.models.chats import ChatAddress
from saas.tenants.models.people import (
    Digest,
    Invitation,
    Member,
    MemberStatus,
    PortalKind,
    PortalUser,
    PortalUserStatus,
    Role,
    Team,
)
from saas.tenants.models.platform import (
    ByPhone,
    Letter,
    Operator,
    Passkey,
    PasskeyChallenge,
    RecoveryCode,
    Session,
    SessionAudience,
    Tenant,
    TenantStatus,
    Token,
    User,
)
from saas.tenants.models.records import Counter, File, Once, Setting
from saas.tenants.models.trail import Delivery, Event, EventSeal, Notice, UndoRow

__all__ = [
    "ByPhone",
    "ChatAddress",
    "Counter",
    "Delivery",
    "Digest",
    "Event",
    "EventSeal",
    "File",
    "Invitation",
    "Letter",
    "Member",
    "MemberStatus",
    "Notice",
    "Once",
    "Operator",
    "Passkey",
    "PasskeyChallenge",
    "PortalKind",
    "PortalUser",
    "PortalUserStatus",
    "RecoveryCode",
    "Role",
    "Session",
    "SessionAudience",
    "Setting",
    "Team",
    "Tenant",
    "TenantStatus",
    "Token",
    "UndoRow",
    "User",
]
