"""Those who run the service: made known on the command line, signed in with password and phone, for a short time."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask_babel import gettext as _

from saas import clock
from saas.db import db
from saas.errors import Conflict, Refused
from saas.tenants import passwords, queries
from saas.tenants.actions import factors, signing, users
from saas.tenants.actions.signing import Client, WrongSignIn
from saas.tenants.models import Operator, SessionAudience

IDLE, WHOLE = timedelta(minutes=15), timedelta(hours=8)


class Unknown(Refused):
    """No operator has this mail address."""


class HasPhone(Conflict):
    """The operator's phone is known already; only `reset` makes room for another."""


def create(email: str, name: str, password: str) -> Operator:
    """An operator, whose first sign-in asks for a phone.

    Raises:
        Conflict: there is one with this address.
        WeakPassword: the password would be guessed.
    """
    email = email.strip().lower()
    users.check_new_password(password, (email, name))
    if queries.operator_by_email(email) is not None:
        raise Conflict(_("%(email)s is an operator already.", email=email))
    made = Operator(email=email, name=name, password_hash=passwords.hashed(password))
    db.session.add(made)
    db.session.flush()
    return made


def reset(email: str, password: str) -> Operator:
    """Let an operator who lost password or phone begin anew, also one that was shut out; his sessions end.

    Raises:
        Unknown: there is none with this address.
        WeakPassword: the password would be guessed.
    """
    found = _known(email)
    users.check_new_password(password, (found.email, found.name))
    found.password_hash = passwords.hashed(password)
    found.totp_secret = found.totp_step = None
    found.totp_failures, found.totp_paused_until = 0, None
    found.disabled_at = None
    found.epoch += 1
    return found


def disable(email: str) -> Operator:
    """Shut an operator out; his sessions end. What he did stays in the trails under his id.

    Raises:
        Unknown: there is none with this address.
    """
    found = _known(email)
    found.disabled_at = found.disabled_at or clock.now()
    found.epoch += 1
    return found


def check_password(email: str, password: str, client: Client) -> Operator:
    """The operator behind an address and a password.

    Raises:
        WrongSignIn: they don't lead to one who may sign in: all reasons look the same.
        TooMany: too many wrong ones from this browser's address, or for this account.
    """
    email = email.strip().lower()
    found = queries.operator_by_email(email)
    kept = found.password_hash if found is not None and found.disabled_at is None else None
    account = f"OPERATOR {email}"  # users' addresses are counted in small letters: nobody else's guesses count here
    right = signing.guarded(account, client, lambda: passwords.is_right(kept, password))
    if found is None or kept is None or not right:
        raise WrongSignIn(_("Mail address and password don't match."))
    if passwords.is_outdated(kept):
        found.password_hash = passwords.hashed(password)
    return found


def take_phone(operator_id: UUID, secret: str, code: str) -> Operator:
    """Make the phone that was given `secret` (base32) the operator's second step; `code` shows that it took it.

    Raises:
        WrongCode: the phone shows something else.
        HasPhone: he has one.
    """
    found = factors.locked(Operator, operator_id)
    if found.has_codes:
        raise HasPhone(_("Your phone is known already. Sign in with the code it shows."))
    factors.take_phone(found, secret, code)
    return found


def begin(operator: Operator, client: Client) -> str:
    """Start a session, short in any case. Returns the secret for the cookie."""
    if not operator.has_codes:
        raise ValueError("an operator without a second step is not let in")
    whose = {"operator_id": operator.id, "epoch": operator.epoch}
    return signing.start(SessionAudience.OPERATOR, whose, client, idle=IDLE, whole=WHOLE, stepped_up=True)


def _known(email: str) -> Operator:
    found = queries.operator_by_email(email)
    if found is None:
        raise Unknown(_("%(email)s is no operator.", email=email.strip()))
    return found
