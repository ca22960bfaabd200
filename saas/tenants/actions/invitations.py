"""Colleagues invited into a workspace by mail, and how they come in."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import update

from saas import clock, limits, mail
from saas.db import current_tenant, db, new_id
from saas.errors import NotFound, Refused
from saas.tenants import events, handover, notices, passwords, queries, scope, seats, tokens
from saas.tenants.actions import links, people, signing, users
from saas.tenants.actions.signing import Client, WrongSignIn
from saas.tenants.events import EventName
from saas.tenants.models import Invitation, Member, MemberStatus, User

LIFE = timedelta(days=7)
MAIL_JOB = "tenants.mail_invitation"


def invite(
    email: str,
    name: str,
    role: str,
    *,
    by: Member,
    team_id: UUID | None = None,
    known_id: UUID | None = None,
    takes_offer: bool = False,
) -> Member:
    """Ask somebody to join, by mail. Someone who came in by an import keeps what he owns.

    Args:
        email: where the invitation goes, and what he will sign in with.
        name: how colleagues call him.
        role: the key of a role.
        by: who invites; can't give rights he lacks.
        team_id: the team he will be in.
        known_id: who of those known from an import he is, whatever name and address stand there.
        takes_offer: where no seat is free, take one more at the price that was shown.

    Raises:
        AlreadyMember: he is one, or is invited.
        NoSeat: every seat is taken, those invited counted.
        Forbidden: the role reaches further than that of `by`.
    """
    limits.take("100/day", "invite", str(current_tenant()))
    taken = people.staff_role(role)
    people.check_may_give(by, taken)
    known = _known(email, known_id)
    try:
        seats.check(invited=True)
    except seats.NoSeat as full:
        if full.offer is None or not takes_offer:
            raise
        ids = {"team_id": team_id, "known_id": known_id}
        draft = {"email": email, "name": name, "role": role} | {key: str(id_) for key, id_ in ids.items() if id_}
        full.offer.take(by, draft)
    member = known or Member(tenant_id=current_tenant(), email=email)
    member.email, member.name, member.role, member.team_id = email.strip().lower(), name, taken, team_id
    member.status = MemberStatus.INVITED
    db.session.add(member)
    db.session.flush()
    events.record(EventName.MEMBER_INVITED, member, by=by, changed={"role": taken.key})
    _write_invitation(member, by)
    return member


def _known(email: str, known_id: UUID | None) -> Member | None:
    """The row that will be the person's, locked where he is said to be one of those known from an import."""
    known = people.not_yet(email)
    if known_id is None:
        return known
    named = queries.lock_member(queries.member(known_id))
    if named.status is not MemberStatus.PLACEHOLDER:
        raise Refused(_("%(name)s is invited already, or gone. Look at the members.", name=named.name), field="known")
    if known is not None and known.id != named.id:
        raise people.AlreadyMember(_("This mail address is kept for %(name)s.", name=known.name))
    return named


def resend(member: Member, *, by: Member) -> None:
    """Mail the invitation again; the old link is worthless from now on.

    Raises:
        NotFound: the member isn't waiting for one.
    """
    if member.status is not MemberStatus.INVITED:
        raise NotFound
    limits.take("5/hour", "resend", str(member.id))
    _revoke_links(member)
    _write_invitation(member, by)
    events.record(EventName.MEMBER_INVITED, member, by=by, changed={"again": True})


def revoke(member: Member, *, by: Member) -> None:
    """Take an invitation back. What the person owns by an import stays with his name.

    Raises:
        NotFound: there is none open.
    """
    if member.status is not MemberStatus.INVITED:
        raise NotFound
    _revoke_links(member)
    member.status = MemberStatus.PLACEHOLDER if handover.held_by(member.id) else MemberStatus.DISABLED
    events.record(EventName.INVITATION_REVOKED, member, by=by)


def live_invitation(secret: str) -> Invitation:
    """The invitation of a member behind a link that still works.

    Raises:
        LinkSpent: it doesn't.
    """
    found = queries.invitation(tokens.digest(secret), "join")
    if found is None or found.member_id is None:
        raise links.spent()
    return found


def is_known(invitation: Invitation) -> bool:
    """True when the person invited has a password already."""
    user = queries.user_by_email(invitation.email)
    return user is not None and user.password_hash is not None


def accept(secret: str, name: str, password: str, client: Client) -> tuple[Member, User]:
    """Come in by an invitation. A new person chooses `password`, a known one proves himself by it.

    The user is committed first: whatever breaks after that, the link still works, and asks for the password chosen.

    Raises:
        LinkSpent: the link doesn't work.
        WrongSignIn: a known person's password is another.
        WeakPassword: a new person's would be guessed.
        NoSeat: every seat is taken.
    """
    invitation = live_invitation(secret)
    assert invitation.member_id is not None
    member = queries.member(invitation.member_id)
    user = _person(invitation, name, password, client)
    db.session.commit()
    seats.check()
    redeem(invitation)
    people.let_in(member, user, by=member)
    inviter = queries.member(invitation.invited_by_id) if invitation.invited_by_id else None
    if inviter is not None and inviter.status is MemberStatus.ACTIVE:
        url = f"/{scope.workspace().slug}/settings/members"
        notices.tell(inviter, "member.joined", f"member.joined:{invitation.id}", url, name=member.name)
    return member, user


def _person(invitation: Invitation, name: str, password: str, client: Client) -> User:
    known = queries.user_by_email(invitation.email)
    if known is not None and known.password_hash is not None:
        kept = known.password_hash if known.disabled_at is None else None
        if not signing.guarded(known.email, client, lambda: passwords.is_right(kept, password)):
            raise WrongSignIn(_("This isn't the password you sign in with."))
        return known
    workspace = scope.workspace()
    if known is None:
        return users.register(invitation.email, name, password, locale=workspace.locale, timezone=workspace.timezone)
    users.set_password(known, password)
    return known


def redeem(invitation: Invitation) -> None:
    """Use an invitation up: of any number at once, one wins.

    Raises:
        LinkSpent: somebody was faster, or it has just run out.
    """
    now = clock.now()
    won = db.session.execute(
        update(Invitation)
        .where(
            Invitation.id == invitation.id,
            Invitation.used_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > now,
        )
        .values(used_at=now)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if won is None:
        raise links.spent()


def _write_invitation(member: Member, by: Member) -> None:
    assert member.email is not None
    invitation = Invitation(
        id=new_id(),
        purpose="join",
        secret_hash=b"",
        member_id=member.id,
        email=member.email,
        invited_by_id=by.id,
        expires_at=clock.now() + LIFE,
    )
    invitation.secret_hash = tokens.digest(link_secret(invitation))
    db.session.add(invitation)
    db.session.flush()
    events.deliver(MAIL_JOB, key=str(invitation.id), due_at=clock.now(), payload={"invitation_id": invitation.id})


def link_secret(invitation: Invitation) -> str:
    """The secret of an invitation's link, derived: nothing keeps it."""
    return tokens.of_link(current_app.config["SECRET_KEY"], f"invitation:{invitation.purpose}", invitation.id)


def mail_invitation(invitation_id: UUID) -> None:
    """Send the letter of an invitation, unless it was taken back or used meanwhile. Commits before it speaks to the
    mail server, so that no transaction waits for that.

    Raises:
        MailError: the server didn't take it.
    """
    found = queries.open_invitation(invitation_id)
    if found is None or found.member_id is None:
        return
    workspace, member = scope.workspace(), queries.member(found.member_id)
    inviter = queries.member(found.invited_by_id) if found.invited_by_id else None
    words = mail.written(
        "invitation",
        workspace.locale,
        name=member.name,
        inviter=inviter.name if inviter else "",
        company=workspace.name,
        from_name=workspace.name,
        link=mail.link(f"/{workspace.slug}/join/{link_secret(found)}"),
    )
    to, sender = found.email, workspace.name
    db.session.commit()
    mail.send(to, words, message_id=f"invitation-{invitation_id}", sender=sender)


def _revoke_links(member: Member) -> None:
    db.session.execute(
        update(Invitation)
        .where(Invitation.member_id == member.id, Invitation.used_at.is_(None), Invitation.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .execution_options(synchronize_session=False)
    )
