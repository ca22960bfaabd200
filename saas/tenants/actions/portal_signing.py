"""How people of the portals sign in and out, and change what they can change of themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, update

from saas import clock
from saas.db import current_tenant, db
from saas.tenants import events, passwords, portal_kinds, queries
from saas.tenants.actions import signing, users
from saas.tenants.actions.profile import WrongPassword
from saas.tenants.actions.signing import Client, WrongSignIn
from saas.tenants.events import EventName
from saas.tenants.models import (
    PortalKind,
    PortalUser,
    PortalUserStatus,
    Session,
    SessionAudience,
    Tenant,
)

MAIL_CHANGED = "tenants.mail_portal_password_changed"


def facts(person: PortalUser) -> dict[str, Any]:
    """What events say of a person."""
    return {"name": person.name, "kind": person.kind}


def check_password(kind: PortalKind, email: str, password: str, client: Client) -> PortalUser:
    """The person behind an address and a password.

    Raises:
        WrongSignIn: they don't lead to one who may come in: all reasons look the same.
        TooMany: too many wrong ones from this browser's address, or for this account.
    """
    email = email.strip().lower()
    person = queries.portal_user_by_email(kind, email)
    kept = person.password_hash if person is not None and person.status is PortalUserStatus.ACTIVE else None
    right = signing.guarded(account_name(kind, email), client, lambda: passwords.is_right(kept, password))
    subject = portal_kinds.behind(person) if person is not None and right else None
    if person is None or subject is None:
        raise WrongSignIn(_("Mail address and password don't match. Check both, or choose a new password."))
    if kept is not None and passwords.is_outdated(kept):
        person.password_hash = passwords.hashed(password)
    person.account_id = subject.account_id
    return person


def begin(person: PortalUser, tenant: Tenant, client: Client) -> str:
    """Start a session of a portal user, and write it down. Returns the secret for the cookie."""
    secret = signing.start(
        SessionAudience(person.kind.value),
        {"portal_user_id": person.id, "epoch": person.epoch, "tenant_id": tenant.id},
        client,
        idle=timedelta(minutes=tenant.idle_minutes),
        whole=timedelta(hours=tenant.session_hours),
    )
    person.last_seen_at = clock.now()
    events.record(EventName.PORTAL_USER_SIGNED_IN, person, by=person, changed={"address": client.address})
    return secret


def end(session: Session, person: PortalUser) -> None:
    """End one session."""
    end_sessions(Session.id == session.id)
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
    account = account_name(person.kind, person.email)
    if not signing.guarded(account, client, lambda: passwords.is_right(person.password_hash, old)):
        raise WrongPassword(_("This isn't your present password."))
    set_password(person, new)


def set_password(person: PortalUser, password: str) -> None:
    """Set a new password; all sessions end, and a letter tells of it."""
    users.check_new_password(password, (person.email, person.name))
    person.password_hash = passwords.hashed(password)
    person.epoch += 1
    end_sessions(Session.portal_user_id == person.id)
    events.record(EventName.PORTAL_USER_CHANGED, person, by=person, changed=facts(person) | {"password": True})
    about = {"portal_user_id": person.id, "epoch": person.epoch}
    events.deliver(MAIL_CHANGED, key=f"{person.id}:{person.epoch}", due_at=clock.now(), payload=about)


def end_sessions(*conditions: ColumnElement[bool]) -> None:
    """End the sessions of this workspace that fit."""
    db.session.execute(
        update(Session)
        .where(*conditions, Session.tenant_id == current_tenant(), Session.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def account_name(kind: PortalKind, email: str) -> str:
    """The name under which tries for an account are counted: the same address elsewhere is another account."""
    return f"{current_tenant()}:{kind}:{email}"
