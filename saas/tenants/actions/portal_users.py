"""People of the portals: invited, let in, shut out; how they sign in and get a new password.

A portal user belongs to one workspace and one kind of portal, and so does everything here: his address, his password,
his sessions, the links mailed to him.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, update

from saas import clock, limits, mail
from saas.db import current_tenant, db, new_id
from saas.errors import Conflict, NotFound, Refused
from saas.tenants import events, notices, passwords, portal_kinds, queries, scope, tokens
from saas.tenants.actions import links, people, signing, users
from saas.tenants.actions.profile import WrongPassword
from saas.tenants.actions.signing import Client, WrongSignIn
from saas.tenants.events import EventName
from saas.tenants.models import (
    Invitation,
    Member,
    MemberStatus,
    PortalKind,
    PortalUser,
    PortalUserStatus,
    Role,
    Session,
    SessionAudience,
    Tenant,
)
from saas.tenants.portal_kinds import Subject
from saas.tenants.scope import Actor

JOIN_LIFE, RESET_LIFE = timedelta(days=7), timedelta(minutes=30)
MAIL_LINK, MAIL_CHANGED = "tenants.mail_portal_link", "tenants.mail_portal_password_changed"


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
    events.record(EventName.PORTAL_USER_INVITED, person, by=by, changed=_facts(person))
    _write_link("join", person.email, JOIN_LIFE, person=person, by=by)
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
    events.record(EventName.PORTAL_USER_JOINED, person, by=by, changed=_facts(person))
    return person


def resend(person: PortalUser, *, by: Member) -> None:
    """Mail the invitation again; the old link is worthless from now on.

    Raises:
        NotFound: he isn't waiting for one.
    """
    if person.status is not PortalUserStatus.INVITED:
        raise NotFound
    limits.take("5/hour", "resend", str(person.id))
    _revoke_links(person)
    _write_link("join", person.email, JOIN_LIFE, person=person, by=by)
    events.record(EventName.PORTAL_USER_INVITED, person, by=by, changed=_facts(person) | {"again": True})


def revoke(person: PortalUser, *, by: Member) -> None:
    """Take the invitation back.

    Raises:
        NotFound: there is none open.
    """
    if person.status is not PortalUserStatus.INVITED:
        raise NotFound
    _revoke_links(person)
    person.status = PortalUserStatus.DISABLED
    events.record(EventName.INVITATION_REVOKED, person, by=by, changed=_facts(person))


def disable(person: PortalUser, *, by: Member) -> None:
    """Shut a person out: his sessions end, his links die, what he wrote stays.

    Raises:
        NotFound: he isn't in.
    """
    if person.status is not PortalUserStatus.ACTIVE:
        raise NotFound
    person.status = PortalUserStatus.DISABLED
    person.epoch += 1
    _revoke_links(person)
    _end_sessions(Session.portal_user_id == person.id)
    events.record(EventName.PORTAL_USER_CHANGED, person, by=by, changed=_facts(person) | {"status": "disabled"})


def enable(person: PortalUser, *, by: Member) -> None:
    """Let somebody in again who was shut out; he signs in with the password he had.

    Raises:
        NotFound: he wasn't shut out, or never had a password.
    """
    if not is_shut_out(person):
        raise NotFound
    person.status = PortalUserStatus.ACTIVE
    events.record(EventName.PORTAL_USER_CHANGED, person, by=by, changed=_facts(person) | {"status": "enabled"})


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
        events.record(EventName.PORTAL_USER_CHANGED, person, by=by, changed=_facts(person) | changed)


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


def _facts(person: PortalUser) -> dict[str, Any]:
    return {"name": person.name, "kind": person.kind}


# ── links ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def live(kind: PortalKind, secret: str) -> PortalUser:
    """The person invited to this portal behind a link that still works.

    Raises:
        LinkSpent: it doesn't.
    """
    return _invited(kind, secret)[1]


def accept(kind: PortalKind, secret: str, password: str) -> PortalUser:
    """Come in by an invitation, with the password chosen.

    Raises:
        LinkSpent: the link doesn't work.
        WeakPassword: the password would be guessed.
    """
    invitation, person = _invited(kind, secret)
    users.check_new_password(password, (person.email, person.name))
    people.redeem(invitation)
    person.password_hash, person.status = passwords.hashed(password), PortalUserStatus.ACTIVE
    events.record(EventName.PORTAL_USER_JOINED, person, by=person, changed=_facts(person))
    inviter = queries.member(invitation.invited_by_id) if invitation.invited_by_id else None
    if inviter is not None and inviter.status is MemberStatus.ACTIVE:
        url = portal_kinds.of(kind).url(person.subject_id)
        notices.tell(inviter, "portal_user.joined", f"portal_user.joined:{invitation.id}", url, name=person.name)
    return person


def ask_for_password(kind: PortalKind, email: str, client: Client) -> None:
    """Mail a link to choose a new password; does the same whether somebody signs in with the address or not.

    Raises:
        TooMany: asked too often from there, or for this address.
    """
    email = email.strip().lower()
    limits.take("30/hour", "reset", client.address)
    limits.take("5/hour", "reset", _account(kind, email))
    _write_link(_reset(kind), email, RESET_LIFE)


def check_reset(kind: PortalKind, secret: str) -> None:
    """Raises LinkSpent unless the link to a new password still works."""
    _asked(kind, secret)


def choose_password(kind: PortalKind, secret: str, password: str) -> PortalUser:
    """Set the password of the person whom a reset link was mailed to; all his sessions end.

    Raises:
        LinkSpent: the link doesn't work.
        WeakPassword: the password would be guessed.
    """
    invitation = _asked(kind, secret)
    person = queries.portal_user_by_email(kind, invitation.email)
    if person is None or person.status is not PortalUserStatus.ACTIVE:
        raise links.spent()
    _set_password(person, password)
    people.redeem(invitation)
    return person


def mail_link(invitation_id: UUID) -> None:
    """Post the letter with a link, unless the link died meanwhile or nobody signs in with the address. Commits before
    it speaks to the mail server, so that no transaction waits for that.

    Raises:
        MailError: the server didn't take it.
    """
    found = queries.open_invitation(invitation_id)
    person = _reader(found) if found else None
    if found is None or person is None:
        return
    workspace, kind = scope.workspace(), portal_kinds.of(person.kind)
    inviter = queries.member(found.invited_by_id) if found.invited_by_id else None
    letter, word = ("portal_invitation", "join") if found.purpose == "join" else ("portal_reset", "reset")
    words = mail.written(
        letter,
        person.locale,
        portal=person.kind.value,
        name=person.name,
        inviter=inviter.name if inviter else "",
        company=workspace.name,
        from_name=workspace.name,
        link=mail.link(f"/{workspace.slug}/{kind.path}/{word}/{people.link_secret(found)}"),
    )
    to, sender = person.email, workspace.name
    db.session.commit()
    mail.send(to, words, message_id=f"portal-{invitation_id}", sender=sender)


def mail_password_changed(portal_user_id: UUID, epoch: int) -> None:
    """Tell a person that his password was changed, in case it wasn't he.

    Raises:
        MailError: the server didn't take it.
    """
    person = queries.portal_user(portal_user_id)
    workspace, kind = scope.workspace(), portal_kinds.of(person.kind)
    words = mail.written(
        "portal_password_changed",
        person.locale,
        name=person.name,
        company=workspace.name,
        from_name=workspace.name,
        link=mail.link(f"/{workspace.slug}/{kind.path}/reset"),
    )
    to, sender = person.email, workspace.name
    db.session.commit()
    mail.send(to, words, message_id=f"portal-password-{portal_user_id}-{epoch}", sender=sender)


def _reader(invitation: Invitation) -> PortalUser | None:
    """Who a link is for; the address alone tells it when he asked for a new password."""
    if invitation.purpose == "join":
        person = queries.portal_user(invitation.portal_user_id) if invitation.portal_user_id else None
        return person if person is not None and person.status is PortalUserStatus.INVITED else None
    for kind in PortalKind:
        if invitation.purpose == _reset(kind):
            person = queries.portal_user_by_email(kind, invitation.email)
            return person if person is not None and person.status is PortalUserStatus.ACTIVE else None
    return None


def _reset(kind: PortalKind) -> str:
    return f"reset:{kind}"


def _invited(kind: PortalKind, secret: str) -> tuple[Invitation, PortalUser]:
    found = queries.invitation(tokens.digest(secret), "join")
    person = queries.portal_user(found.portal_user_id) if found is not None and found.portal_user_id else None
    if found is None or person is None or person.kind is not kind or person.status is not PortalUserStatus.INVITED:
        raise links.spent()
    return found, person


def _asked(kind: PortalKind, secret: str) -> Invitation:
    found = queries.invitation(tokens.digest(secret), _reset(kind))
    if found is None:
        raise links.spent()
    return found


def _write_link(
    purpose: str, email: str, life: timedelta, *, person: PortalUser | None = None, by: Member | None = None
) -> None:
    invitation = Invitation(
        id=new_id(),
        purpose=purpose,
        secret_hash=b"",
        portal_user_id=person.id if person else None,
        email=email,
        invited_by_id=by.id if by else None,
        expires_at=clock.now() + life,
    )
    invitation.secret_hash = tokens.digest(people.link_secret(invitation))
    db.session.add(invitation)
    db.session.flush()
    events.deliver(MAIL_LINK, key=str(invitation.id), due_at=clock.now(), payload={"invitation_id": invitation.id})


def _revoke_links(person: PortalUser) -> None:
    db.session.execute(
        update(Invitation)
        .where(
            (Invitation.portal_user_id == person.id)
            | ((Invitation.purpose == _reset(person.kind)) & (Invitation.email == person.email)),
            Invitation.used_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=clock.now())
        .execution_options(synchronize_session=False)
    )


# ── signing in ──────────────────────────────────────────────────────────────────────────────────────────────────────


def check_password(kind: PortalKind, email: str, password: str, client: Client) -> PortalUser:
    """The person behind an address and a password.

    Raises:
        WrongSignIn: they don't lead to one who may come in: all reasons look the same.
        TooMany: too many wrong ones from this browser's address, or for this account.
    """
    email = email.strip().lower()
    person = queries.portal_user_by_email(kind, email)
    kept = person.password_hash if person is not None and person.status is PortalUserStatus.ACTIVE else None
    right = signing.guarded(_account(kind, email), client, lambda: passwords.is_right(kept, password))
    subject = portal_kinds.behind(person) if person is not None and right else None
    if person is None or subject is None:
        raise WrongSignIn(_("Mail address and password don't match. Check both, or choose a new password."))
    if kept is not None and passwords.is_outdated(kept):
        person.password_hash = passwords.hashed(password)
    person.account_id = subject.account_id
    return person


def begin(person: PortalUser, tenant: Tenant, client: Client) -> str:
    """Start a session of a portal user, and write it down. Returns the secret for the cookie."""
    now, secret = clock.now(), tokens.fresh()
    db.session.add(
        Session(
            secret_hash=tokens.digest(secret),
            audience=SessionAudience(person.kind.value),
            tenant_id=tenant.id,
            portal_user_id=person.id,
            epoch=person.epoch,
            last_seen_at=now,
            idle_until=now + timedelta(minutes=tenant.idle_minutes),
            expires_at=now + timedelta(hours=tenant.session_hours),
            address=client.address,
            agent=client.agent[:200],
        )
    )
    person.last_seen_at = now
    events.record(EventName.PORTAL_USER_SIGNED_IN, person, by=person, changed={"address": client.address})
    return secret


def end(session: Session, person: PortalUser) -> None:
    """End one session."""
    _end_sessions(Session.id == session.id)
    events.record(EventName.PORTAL_USER_SIGNED_OUT, person, by=person)


def describe(person: PortalUser, *, name: str, locale: str, timezone: str, mails: bool) -> None:
    """Set how a person is called and addressed."""
    changed: dict[str, Any] = {}
    for field, value in (("name", name), ("locale", locale), ("timezone", timezone), ("mails", mails)):
        if getattr(person, field) != value:
            changed[field] = [getattr(person, field), value]
            setattr(person, field, value)
    if changed:
        events.record(EventName.PORTAL_USER_CHANGED, person, by=person, changed=changed)


def change_password(person: PortalUser, old: str, new: str, client: Client) -> None:
    """Set another password; all the person's sessions end.

    Raises:
        WrongPassword: `old` isn't the present one.
        WeakPassword: `new` would be guessed.
        TooMany: too many wrong ones.
    """
    account = _account(person.kind, person.email)
    if not signing.guarded(account, client, lambda: passwords.is_right(person.password_hash, old)):
        raise WrongPassword(_("This isn't your present password."))
    _set_password(person, new)


def _set_password(person: PortalUser, password: str) -> None:
    users.check_new_password(password, (person.email, person.name))
    person.password_hash = passwords.hashed(password)
    person.epoch += 1
    _end_sessions(Session.portal_user_id == person.id)
    events.record(EventName.PORTAL_USER_CHANGED, person, by=person, changed=_facts(person) | {"password": True})
    about = {"portal_user_id": person.id, "epoch": person.epoch}
    events.deliver(MAIL_CHANGED, key=f"{person.id}:{person.epoch}", due_at=clock.now(), payload=about)


def _end_sessions(*conditions: ColumnElement[bool]) -> None:
    db.session.execute(
        update(Session)
        .where(*conditions, Session.tenant_id == current_tenant(), Session.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def _account(kind: PortalKind, email: str) -> str:
    """The name under which tries for an account are counted: the same address elsewhere is another account."""
    return f"{current_tenant()}:{kind}:{email}"


@notices.sentence("portal_user.joined", "user-check")
def _joined(name: str) -> str:
    return _("%(name)s has come into the portal.", name=name)
