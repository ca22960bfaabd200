"""The links mailed to people of the portals: to come in, and to a new password."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import update

from saas import clock, limits, mail
from saas.db import db, new_id
from saas.tenants import events, notices, passwords, portal_kinds, queries, scope, tokens
from saas.tenants.actions import invitations, links, portal_signing, users
from saas.tenants.actions.signing import Client
from saas.tenants.events import EventName
from saas.tenants.models import (
    Invitation,
    Member,
    MemberStatus,
    PortalKind,
    PortalUser,
    PortalUserStatus,
)
from saas.tenants.permissions import Permission

RESET_LIFE = timedelta(minutes=30)
MAIL_LINK = "tenants.mail_portal_link"


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
    invitations.redeem(invitation)
    person.password_hash, person.status = passwords.hashed(password), PortalUserStatus.ACTIVE
    events.record(EventName.PORTAL_USER_JOINED, person, by=person, changed=portal_signing.facts(person))
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
    limits.take("5/hour", "reset", portal_signing.account_name(kind, email))
    write_link(_reset(kind), email, RESET_LIFE)


def check_reset(kind: PortalKind, secret: str) -> None:
    """Raises LinkSpent unless the link to a new password still works."""
    _asked(kind, secret)


def choose_password(kind: PortalKind, secret: str, password: str) -> PortalUser:
    """Set the password of the person whom a reset link was mailed to; all his sessions portal_signing.end.

    Raises:
        LinkSpent: the link doesn't work.
        WeakPassword: the password would be guessed.
    """
    invitation = _asked(kind, secret)
    person = queries.portal_user_by_email(kind, invitation.email)
    if person is None or person.status is not PortalUserStatus.ACTIVE:
        raise links.spent()
    portal_signing.set_password(person, password)
    invitations.redeem(invitation)
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
        link=mail.link(f"/{workspace.slug}/{kind.path}/{word}/{invitations.link_secret(found)}"),
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


def write_link(
    purpose: str, email: str, life: timedelta, *, person: PortalUser | None = None, by: Member | None = None
) -> None:
    """Keep a link with a secret and have it mailed."""
    invitation = Invitation(
        id=new_id(),
        purpose=purpose,
        secret_hash=b"",
        portal_user_id=person.id if person else None,
        email=email,
        invited_by_id=by.id if by else None,
        expires_at=clock.now() + life,
    )
    invitation.secret_hash = tokens.digest(invitations.link_secret(invitation))
    db.session.add(invitation)
    db.session.flush()
    events.deliver(MAIL_LINK, key=str(invitation.id), due_at=clock.now(), payload={"invitation_id": invitation.id})


def revoke_links(person: PortalUser) -> None:
    """Make every open link of a person worthless."""
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


@notices.sentence(
    "portal_user.joined",
    "user-check",
    _l("Somebody you invited has come into a portal"),
    notices.Topic.WORKSPACE,
    right=Permission.PORTAL_INVITE,
)
def _joined(name: str) -> str:
    return _("%(name)s has come into the portal.", name=name)
