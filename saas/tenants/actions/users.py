"""People who sign in: made known, given a password."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _

from saas import clock
from saas.db import db
from saas.errors import Conflict, Refused
from saas.tenants import passwords, queries
from saas.tenants.models import User


class WeakPassword(Refused):
    """Others would guess it."""

    field = "password"


class AddressInUse(Conflict):
    """Somebody signs in with this mail address already."""


def check_new_password(password: str, about: Iterable[str] = ()) -> None:
    """Refuse a password that is too short, too long or easily guessed.

    Raises:
        WeakPassword: says what to do.
    """
    if len(password) < passwords.SHORTEST:
        raise WeakPassword(_("Use at least %(n)s characters. A few words in a row work well.", n=passwords.SHORTEST))
    if len(password) > passwords.LONGEST:
        raise WeakPassword(_("Use at most %(n)s characters.", n=passwords.LONGEST))
    if passwords.is_common(password, about):
        raise WeakPassword(_("This one is easily guessed. Take a few words that don't belong together."))


def register(email: str, name: str, password: str, *, locale: str = "en", timezone: str = "UTC") -> User:
    """A user whose address is proved, with a password.

    Raises:
        AddressInUse: the address is known.
        WeakPassword: the password would be guessed.
    """
    email = email.strip().lower()
    check_new_password(password, (email, name))
    if queries.user_by_email(email) is not None:
        raise AddressInUse(_("Somebody signs in with %(email)s already.", email=email))
    user = User(
        email=email,
        name=name,
        password_hash=passwords.hashed(password),
        locale=locale,
        timezone=timezone,
        confirmed_at=clock.now(),
    )
    db.session.add(user)
    db.session.flush()
    return user


def set_password(user: User, password: str) -> None:
    """Give a user a new password; every session and known device of his ends.

    Raises:
        WeakPassword: the password would be guessed.
    """
    check_new_password(password, (user.email, user.name))
    user.password_hash = passwords.hashed(password)
    user.epoch += 1
    user.confirmed_at = user.confirmed_at or clock.now()
