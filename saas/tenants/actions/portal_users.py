"""People of the portals: invited, let in, shut out; how they sign in and get a new password.

A portal user belongs to one workspace and one kind of portal, and so does everything here: his address, his password,
his sessions, the links mailed to him.
"""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _

from saas import limits
from saas.db import current_tenant, db, new_id
from saas.errors import Conflict, NotFound, Refused
from saas.tenants import events, passwords, portal_kinds, queries, scope
from saas.tenants.actions import portal_links, portal_signing, users
from saas.tenants.events import EventName
from saas.tenants.models import (
    Member,
    PortalKind,
    PortalUser,
    PortalUserStatus,
    Role,
    Session,
)
from saas.tenants.portal_kinds import Subject
from saas.tenants.scope import Actor

JOIN_LIFE = timedelta(days=7)


class AddressTaken(Conflict):
    """Somebody else signs in to this portal with the address."""

    field = "email"


class AlreadyIn(Conflict):
    """The person has a way into the portal."""


# ── coming in ───────────────────────────────────────────────────────────────────────────────────────────────────────


def invite(kind: PortalKind, subject: Subject, *, email: str, role: str, by: Member) -> PortalUser:
    """Ask a person into the portal, by mail.

    Args:
        kind: which portal.
        subject: the person.
        email: where the invitation goes, and what he will sign in with.
        role: the key of one of the roles of that portal.
        by: who invites.

    Raises:
        AlreadyIn: he was let in, or is invited.
        AddressTaken: somebody else signs in with the address.
        Refused: the portal has no such role.
    """
    limits.take("200/day", "invite-portal", str(current_tenant()))
    person = _not_yet(kind, subject, email)
    _describe(person, subject, email=email, role=role_of(kind, role), status=PortalUserStatus.INVITED)
    db.session.flush()
    events.record(EventName.PORTAL_USER_INVITED, person, by=by, changed=portal_signing.facts(person))
    portal_links.write_link("join", person.email, JOIN_LIFE, person=person, by=by)
    return person


def admit(kind: PortalKind, subject: Subject, *, email: str, role: str, password: str, by: Actor) -> PortalUser:
    """Let a person into the portal at once, without an invitation.

    Raises:
        AlreadyIn, AddressTaken, Refused: as for `invite`.
        WeakPassword: the password would be guessed.
    """
    users.check_new_password(password, (email, subject.name))
    person = _not_yet(kind, subject, email)
    _describe(person, subject, email=email, role=role_of(kind, role), status=PortalUserStatus.ACTIVE)
    person.password_hash = passwords.hashed(password)
    db.session.flush()
    events.record(EventName.PORTAL_USER_JOINED, person, by=by, changed=portal_signing.facts(person))
    return person


def resend(person: PortalUser, *, by: Member) -> None:
    """Mail the invitation again; the old link is worthless from now on.

    Raises:
        NotFound: he isn't waiting for one.
    """
    if person.status is not PortalUserStatus.INVITED:
        raise NotFound
    limits.take("5/hour", "resend", str(person.id))
    portal_links.revoke_links(person)
    portal_links.write_link("join", person.email, JOIN_LIFE, person=person, by=by)
    events.record(EventName.PORTAL_USER_INVITED, person, by=by, changed=portal_signing.facts(person) | {"again": True})


def revoke(person: PortalUser, *, by: Member) -> None:
    """Take the invitation back.

    Raises:
        NotFound: there is none open.
    """
    if person.status is not PortalUserStatus.INVITED:
        raise NotFound
    portal_links.revoke_links(person)
    person.status = PortalUserStatus.DISABLED
    events.record(EventName.INVITATION_REVOKED, person, by=by, changed=portal_signing.facts(person))


def disable(person: PortalUser, *, by: Member) -> None:
    """Shut a person out: his sessions end, his links die, what he wrote stays.

    Raises:
        NotFound: he isn't in.
    """
    if person.status is not PortalUserStatus.ACTIVE:
        raise NotFound
    person.status = PortalUserStatus.DISABLED
    person.epoch += 1
    portal_links.revoke_links(person)
    portal_signing.end_sessions(Session.portal_user_id == person.id)
    events.record(
        EventName.PORTAL_USER_CHANGED, person, by=by, changed=portal_signing.facts(person) | {"status": "disabled"}
    )


def enable(person: PortalUser, *, by: Member) -> None:
    """Let somebody in again who was shut out; he signs in with the password he had.

    Raises:
        NotFound: he wasn't shut out, or never had a password.
    """
    if not is_shut_out(person):
        raise NotFound
    person.status = PortalUserStatus.ACTIVE
    events.record(
        EventName.PORTAL_USER_CHANGED, person, by=by, changed=portal_signing.facts(person) | {"status": "enabled"}
    )


def is_shut_out(person: PortalUser) -> bool:
    """True when he was in and may come no more; one whose invitation was taken back never was."""
    return person.status is PortalUserStatus.DISABLED and person.password_hash is not None


def give_role(person: PortalUser, role: str, *, by: Member) -> None:
    """Give a person another role of his portal.

    Raises:
        Refused: the portal has no such role.
    """
    new = role_of(person.kind, role)
    if new.key != person.role.key:
        changed = {"role": [person.role.key, new.key]}
        person.role = new
        events.record(EventName.PORTAL_USER_CHANGED, person, by=by, changed=portal_signing.facts(person) | changed)


def role_of(kind: PortalKind, key: str) -> Role:
    """A role that people of this portal may have.

    Raises:
        Refused: it has no such role.
    """
    if key not in portal_kinds.of(kind).roles:
        raise Refused(_("People of this portal can't have this role."), field="role")
    return queries.role(key)


def _not_yet(kind: PortalKind, subject: Subject, email: str) -> PortalUser:
    """The row that will be his: a new one, or that of an invitation once taken back."""
    known = queries.portal_user_of(kind, subject.id)
    if known is not None and known.status is PortalUserStatus.INVITED:
        raise AlreadyIn(_("%(name)s is invited already. You can send the invitation again.", name=known.name))
    if known is not None and (known.status is PortalUserStatus.ACTIVE or is_shut_out(known)):
        raise AlreadyIn(_("%(name)s has a way into the portal already.", name=known.name))
    other = queries.portal_user_by_email(kind, email)
    if other is not None and other is not known:
        raise AddressTaken(_("%(name)s signs in with this address already.", name=other.name))
    return known or PortalUser(tenant_id=current_tenant(), id=new_id(), kind=kind, subject_id=subject.id)


def _describe(person: PortalUser, subject: Subject, *, email: str, role: Role, status: PortalUserStatus) -> None:
    workspace = scope.workspace()
    person.account_id, person.name, person.email = subject.account_id, subject.name, email.strip().lower()
    person.role, person.status = role, status
    person.locale, person.timezone = workspace.locale, workspace.timezone
    db.session.add(person)


# ── links ───────────────────────────────────────────────────────────────────────────────────────────────────────────


# ── signing in ──────────────────────────────────────────────────────────────────────────────────────────────────────
