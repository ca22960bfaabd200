"""Signing in and out. A session is a row; the browser holds its secret, the row the SHA-256."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, update

from saas import clock, limits
from saas.db import db
from saas.errors import Refused
from saas.tenants import events, passwords, queries, tokens
from saas.tenants.events import EventName
from saas.tenants.models import Member, Session, SessionAudience, Tenant, User

PERSON_IDLE, PERSON_WHOLE = timedelta(hours=12), timedelta(days=7)
PER_ADDRESS = "90/minute"
PER_PAIR = "10/15 minutes"  # wrong passwords for one account from one address
PER_ACCOUNT = "90/hour"  # wrong passwords for one account from anywhere but its known devices


class WrongSignIn(Refused):
    """The address is unknown, the password is wrong, or the user may not sign in: all look the same."""

    field = "password"


@dataclass(frozen=True)
class Client:
    """The browser on the other side."""

    address: str = ""
    agent: str = ""
    is_known: bool = False  # it has signed in with this account before


def check_password(email: str, password: str, client: Client) -> User:
    """The user behind an address and a password.

    Raises:
        WrongSignIn: they don't lead to a user who may sign in.
        TooMany: too many wrong ones from this browser's address, or for this account.
    """
    email = email.strip().lower()
    user = queries.user_by_email(email)
    kept = user.password_hash if user is not None and user.disabled_at is None else None
    return _checked(user, guarded(email, client, lambda: passwords.is_right(kept, password)), password)


def guarded(account: str, client: Client, is_right: Callable[[], bool]) -> bool:
    """The answer of `is_right`, asked only as often as guessing may be; a wrong one counts.

    Raises:
        TooMany: too many wrong ones.
    """
    limits.take(PER_ADDRESS, "sign-in", client.address)
    counters: list[tuple[str, tuple[str, ...]]] = [(PER_PAIR, ("sign-in", account, client.address))]
    if not client.is_known:
        counters.append((PER_ACCOUNT, ("sign-in", account)))
    for limit, key in counters:
        limits.check(limit, *key)
    right = is_right()
    if not right:
        for limit, key in counters:
            limits.count(limit, *key)
    return right


def _checked(user: User | None, right: bool, password: str) -> User:
    if user is None or not right or user.confirmed_at is None:
        raise WrongSignIn(_("Mail address and password don't match. Check both, or choose a new password."))
    if user.password_hash and passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.hashed(password)
    return user


def begin(
    audience: SessionAudience, user: User, client: Client, *, tenant: Tenant | None = None, stepped_up: bool = True
) -> str:
    """Start a session of a user: `person`, or `staff` in a workspace.

    Args:
        audience: which door it opens.
        user: whose it is.
        client: the browser it is for.
        tenant: the workspace it is bound to.
        stepped_up: the password was asked for just now.

    Returns:
        The secret for the cookie.
    """
    idle, whole = PERSON_IDLE, PERSON_WHOLE
    if tenant is not None:
        idle, whole = timedelta(minutes=tenant.idle_minutes), timedelta(hours=tenant.session_hours)
    whose = {"user_id": user.id, "epoch": user.epoch, "tenant_id": tenant.id if tenant else None}
    return start(audience, whose, client, idle=idle, whole=whole, stepped_up=stepped_up)


def start(
    audience: SessionAudience,
    whose: Mapping[str, Any],
    client: Client,
    *,
    idle: timedelta,
    whole: timedelta,
    stepped_up: bool = False,
) -> str:
    """Write a session's row; `begin` and its like in other modules say for whom.

    Args:
        audience: which door it opens.
        whose: its owner's id under the name of its column, his epoch, and the workspace it is bound to.
        client: the browser it is for.
        idle: it ends after so long without a click.
        whole: and after so long in any case.
        stepped_up: the password was asked for just now.

    Returns:
        The secret for the cookie.
    """
    now = clock.now()
    secret = tokens.fresh()
    db.session.add(
        Session(
            secret_hash=tokens.digest(secret),
            audience=audience,
            last_seen_at=now,
            idle_until=now + idle,
            expires_at=now + whole,
            stepped_up_at=now if stepped_up else None,
            address=client.address,
            agent=client.agent[:200],
            **whose,
        )
    )
    return secret


def begin_staff(member: Member, user: User, tenant: Tenant, client: Client, *, stepped_up: bool = True) -> str:
    """Start a member's session in the workspace in scope, and write it down there. Returns the cookie's secret.

    What the user has changed about himself elsewhere since is copied to his place here.
    """
    member.name, member.email, member.locale, member.timezone = user.name, user.email, user.locale, user.timezone
    secret = begin(SessionAudience.STAFF, user, client, tenant=tenant, stepped_up=stepped_up)
    events.record(EventName.SESSION_STARTED, member, by=member, changed={"address": client.address})
    return secret


def renew(session: Session, *, stepped_up: bool = False) -> str:
    """Give a session a new secret, as after the password was asked again; the old one is worthless at once."""
    secret = tokens.fresh()
    values: dict[str, object] = {"secret_hash": tokens.digest(secret)}
    if stepped_up:
        values["stepped_up_at"] = clock.now()
    db.session.execute(update(Session).where(Session.id == session.id).values(values))
    return secret


def end(session: Session, *, member: Member | None = None) -> None:
    """End one session. In a workspace the member's trail says so."""
    _revoke(Session.id == session.id)
    if member is not None:
        events.record(EventName.SESSION_ENDED, member, by=member)


def end_secret(secret: str) -> None:
    """End the session behind a cookie, if there is one."""
    if secret:
        _revoke(Session.secret_hash == tokens.digest(secret))


def end_all(user_id: UUID) -> None:
    """End every session of a user."""
    _revoke(Session.user_id == user_id)


def end_others(user_id: UUID, kept: Collection[UUID]) -> None:
    """End every session of a user but those in `kept`."""
    _revoke(Session.user_id == user_id, Session.id.not_in(kept))


def end_in(tenant_id: UUID, user_id: UUID) -> None:
    """End a user's sessions in one workspace, as when his place there is taken."""
    _revoke(Session.user_id == user_id, Session.tenant_id == tenant_id)


def end_these(user_id: UUID, session_ids: Collection[UUID]) -> None:
    """End some of a user's own sessions."""
    _revoke(Session.user_id == user_id, Session.id.in_(session_ids))


def _revoke(*conditions: ColumnElement[bool]) -> None:
    db.session.execute(update(Session).where(*conditions, Session.revoked_at.is_(None)).values(revoked_at=clock.now()))
