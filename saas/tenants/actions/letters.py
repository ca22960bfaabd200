"""Letters of the service itself: written with what causes them, posted by a worker, the same Message-ID each try."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from saas import clock, mail
from saas.db import db, new_id
from saas.mail import MailError
from saas.tenants import queries, tokens
from saas.tenants.models import Letter, Tenant, Token, User

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)
TRIES = 8
PATHS = {"confirm": "/sign-up/", "reset": "/reset/", "change_email": "/new-address/"}


def write(kind: str, email: str, locale: str, *, token_id: UUID | None = None, **params: Any) -> Letter:
    """Have a letter posted once this transaction has committed."""
    letter = Letter(kind=kind, email=email, locale=locale, token_id=token_id, params=params, due_at=clock.now())
    db.session.add(letter)
    return letter


def link_token(
    purpose: str,
    email: str,
    life: timedelta,
    *,
    user: User | None = None,
    tenant: Tenant | None = None,
    **detail: Any,
) -> Token:
    """A link for one use, mailed to `email`. Its secret is derived, so nothing keeps it."""
    token = Token(
        id=new_id(),
        secret_hash=b"",
        purpose=purpose,
        user_id=user.id if user else None,
        tenant_id=tenant.id if tenant else None,
        email=email,
        detail=detail,
        expires_at=clock.now() + life,
    )
    token.secret_hash = tokens.digest(_secret(token))
    db.session.add(token)
    db.session.flush()
    return token


def post_letters(limit: int = 20) -> int:
    """Post what waits, oldest first; called by each worker in every sweep. Returns how many were dealt with.

    A letter is taken for two minutes and committed, then posted: a worker that dies in between leaves it to the next.
    """
    done = 0
    while done < limit and (letter := _take()) is not None:
        _post(letter)
        db.session.commit()
        done += 1
    return done


def _take() -> Letter | None:
    now = clock.now()
    letter = db.session.scalars(
        select(Letter)
        .where(Letter.sent_at.is_(None), Letter.gave_up_at.is_(None), Letter.due_at <= now)
        .order_by(Letter.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if letter is None:
        db.session.rollback()
        return None
    letter.attempts += 1
    letter.due_at = now + LEASE * 2 ** (letter.attempts - 1)
    db.session.commit()
    return letter


def _post(letter: Letter) -> None:
    try:
        if (about := _about(letter)) is not None:
            words = mail.written(letter.kind, about.pop("locale", letter.locale), **about)
            mail.send(letter.email, words, message_id=f"letter-{letter.id}")
        # Where nobody signs in with the address, the page answered alike and the post stays silent.
        letter.sent_at = clock.now()
    except Exception as error:  # one letter that can't be written must not hold up the others
        letter.last_error = str(error) if isinstance(error, MailError) else type(error).__name__
        about = {"letter": str(letter.id), "error": letter.last_error}
        log.warning("letter not posted", exc_info=not isinstance(error, MailError), extra=about)
        if letter.attempts >= TRIES or (isinstance(error, MailError) and error.is_final):
            letter.gave_up_at = clock.now()


def _about(letter: Letter) -> dict[str, Any] | None:
    """What the template needs to know, read in a transaction that ends before the mail server is spoken to."""
    token = db.session.get(Token, letter.token_id) if letter.token_id else None
    about = _ABOUT[letter.kind](letter, token)
    db.session.commit()  # not a rollback, after which the letter would be read again in a new transaction
    return about


def _secret(token: Token) -> str:
    return tokens.of_link(current_app.config["SECRET_KEY"], token.purpose, token.id)


def _link(token: Token | None) -> str:
    if token is None:
        raise ValueError("a letter with a link needs its token")
    return mail.link(PATHS[token.purpose] + _secret(token))


def _confirm(letter: Letter, token: Token | None) -> dict[str, Any] | None:
    user = queries.user_by_email(letter.email)
    known = user is not None and user.password_hash is not None
    return {**letter.params, "link": _link(token), "is_known": known}


def _reset(letter: Letter, token: Token | None) -> dict[str, Any] | None:
    user = queries.user_by_email(letter.email)
    if user is None or user.disabled_at is not None:
        return None
    return {"name": user.name, "locale": user.locale, "link": _link(token)}


def _with_link(letter: Letter, token: Token | None) -> dict[str, Any] | None:
    return {**letter.params, "link": _link(token)}


def _told(letter: Letter, token: Token | None) -> dict[str, Any] | None:
    return {**letter.params, "reset_link": mail.link("/reset")}


_ABOUT: dict[str, Callable[[Letter, Token | None], dict[str, Any] | None]] = {
    "confirm": _confirm,
    "reset": _reset,
    "address_change": _with_link,
    "address_changed": _told,
    "password_changed": _told,
    "factor_changed": _told,
    "passkey_changed": _told,
}
