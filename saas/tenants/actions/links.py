"""What the links in our letters do. Reading one changes nothing; using one works once."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select, update

from saas import clock, limits
from saas.db import db
from saas.errors import BusinessError
from saas.tenants import passwords, queries, scope, tokens
from saas.tenants.actions import letters, signing, users, workspaces
from saas.tenants.actions.signing import Client, WrongSignIn
from saas.tenants.models import Tenant, Token, User

CONFIRM_LIFE, RESET_LIFE = timedelta(hours=24), timedelta(minutes=30)


class LinkSpent(BusinessError):
    """The link was used, has run out, or never was one: all look the same."""

    status = 404


def spent() -> LinkSpent:
    """The one answer to a link that doesn't work."""
    return LinkSpent(_("This link doesn't work any more. Ask for a new one."))


def live(secret: str, purpose: str) -> Token:
    """The token behind a link that still works.

    Raises:
        LinkSpent: it doesn't.
    """
    found = db.session.scalars(
        select(Token).where(
            Token.secret_hash == tokens.digest(secret),
            Token.purpose == purpose,
            Token.used_at.is_(None),
            Token.expires_at > clock.now(),
        )
    ).one_or_none()
    if found is None:
        raise spent()
    return found


def redeem(token: Token) -> None:
    """Use a token up: of any number at once, one wins.

    Raises:
        LinkSpent: somebody was faster, or it has just run out.
    """
    won = db.session.execute(
        update(Token)
        .where(Token.id == token.id, Token.used_at.is_(None), Token.expires_at > clock.now())
        .values(used_at=clock.now())
        .returning(Token.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if won is None:
        raise spent()


def ask_for_workspace(
    slug: str, company: str, *, name: str, email: str, locale: str, timezone: str, currency: str, client: Client
) -> None:
    """Keep the address for a company and mail the link that opens it; the same whether the person is known or not.

    Raises:
        AddressTaken: the place in the address isn't free.
        TooMany: too many workspaces asked for from there, or by this address.
    """
    limits.take("20/hour", "sign-up", client.address)
    limits.take("5/hour", "sign-up", email)
    tenant = workspaces.reserve(slug, company, locale=locale, timezone=timezone, currency=currency)
    token = letters.link_token("confirm", email, CONFIRM_LIFE, tenant=tenant, name=name)
    letters.write("confirm", email, locale, token_id=token.id, name=name, company=company)


def is_known(token: Token) -> bool:
    """True when the person behind a sign-up has a password already."""
    user = queries.user_by_email(token.email)
    return user is not None and user.password_hash is not None


def open_workspace(secret: str, password: str, client: Client) -> tuple[User, Tenant]:
    """Open the workspace that a sign-up asked for. A new person chooses `password`, a known one proves himself by it.

    The workspace is furnished before the link is used up: whatever breaks in between, the link works again.

    Raises:
        LinkSpent: the link doesn't work.
        WrongSignIn: a known person's password is another.
        WeakPassword: a new person's would be guessed.
    """
    token = live(secret, "confirm")
    tenant = db.session.get_one(Tenant, token.tenant_id)
    user = _owner(token, tenant, password, client)
    db.session.commit()
    with scope.enter(tenant.id):
        workspaces.provision(user)
        db.session.commit()
    redeem(token)
    workspaces.open_trial(tenant.id)
    return user, tenant


def _owner(token: Token, tenant: Tenant, password: str, client: Client) -> User:
    known = queries.user_by_email(token.email)
    if known is not None and known.password_hash is not None:
        kept = known.password_hash if known.disabled_at is None else None
        if not signing.guarded(known.email, client, lambda: passwords.is_right(kept, password)):
            raise WrongSignIn(_("This isn't the password you sign in with."))
        known.confirmed_at = known.confirmed_at or clock.now()
        return known
    name = str(token.detail.get("name", ""))
    if known is None:
        return users.register(token.email, name, password, locale=tenant.locale, timezone=tenant.timezone)
    users.set_password(known, password)
    return known


def ask_for_password(email: str, locale: str, client: Client) -> None:
    """Mail a link to choose a new password; does the same whether somebody signs in with the address or not.

    Raises:
        TooMany: asked too often from there, or for this address.
    """
    limits.take("30/hour", "reset", client.address)
    limits.take("5/hour", "reset", email)
    token = letters.link_token("reset", email, RESET_LIFE)
    letters.write("reset", email, locale, token_id=token.id)


def choose_password(secret: str, password: str) -> User:
    """Set the password of the person whom a reset link was mailed to; all his sessions end.

    Raises:
        LinkSpent: the link doesn't work.
        WeakPassword: the password would be guessed.
    """
    token = live(secret, "reset")
    user = queries.user_by_email(token.email)
    if user is None or user.disabled_at is not None:
        raise spent()
    users.set_password(user, password)
    redeem(token)
    signing.end_all(user.id)
    letters.write("password_changed", user.email, user.locale, name=user.name)
    return user


def ask_for_address(user: User, email: str) -> None:
    """Mail a link to a new address; using it makes the address the one a user signs in with.

    Raises:
        TooMany: asked too often.
    """
    limits.take("10/day", "change-email", str(user.id))
    token = letters.link_token("change_email", email, CONFIRM_LIFE, user=user)
    letters.write("address_change", email, user.locale, token_id=token.id, name=user.name)


def change_address(secret: str) -> User:
    """Make the address that a link was mailed to the one its user signs in with; links to the old one die with it.

    Raises:
        LinkSpent: the link doesn't work, or the address is somebody else's by now.
    """
    token = live(secret, "change_email")
    user = db.session.get(User, token.user_id)
    if user is None or user.disabled_at is not None or queries.user_by_email(token.email) is not None:
        raise spent()
    redeem(token)
    letters.write("address_changed", user.email, user.locale, name=user.name, new_email=token.email)
    user.email = token.email
    return user
