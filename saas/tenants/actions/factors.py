"""The second step of a sign-in: switched on and off, and asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from saas import clock
from saas.db import db
from saas.errors import Refused, TooMany
from saas.tenants import totp
from saas.tenants.actions import letters
from saas.tenants.models import ByPhone, Operator, RecoveryCode, User

Person = TypeVar("Person", User, Operator)


class WrongCode(Refused):
    """The code is wrong, too old, or was used."""

    field = "code"


def check_code(user_id: UUID, code: str) -> User:
    """The user, if the code is his: from his phone, or one of those on paper. A code works once.

    Commits the count of wrong ones itself, since the answer that tells of them is rolled back.

    Raises:
        WrongCode: it isn't.
        TooMany: ten wrong ones; it takes none for a quarter of an hour.
    """
    user = locked(User, user_id)
    if not counted(user, lambda: _is_from_phone(user, code) or _is_from_paper(user, code)):
        raise WrongCode(_("This code doesn't fit. Take the one your phone shows now, or one from your paper."))
    return user


def check_phone(operator_id: UUID, code: str) -> Operator:
    """`check_code` for an operator, who has no codes on paper."""
    operator = locked(Operator, operator_id)
    if not counted(operator, lambda: _is_from_phone(operator, code)):
        raise WrongCode(_("This code doesn't fit. Take the one your phone shows now."))
    return operator


def locked(kind: type[Person], person_id: UUID) -> Person:
    """A person's row as it is now, held until the transaction ends: no code counts twice."""
    asked = select(kind).where(kind.id == person_id).with_for_update()
    return db.session.scalars(asked.execution_options(populate_existing=True)).one()


def counted(person: ByPhone, is_right: Callable[[], bool]) -> bool:
    """The answer of `is_right`, which checks a code; after ten wrong ones it isn't asked for a quarter of an hour.

    Commits the count of wrong ones.

    Raises:
        TooMany: the pause isn't over.
    """
    now = clock.now()
    if person.totp_paused_until is not None and person.totp_paused_until > now:
        wait = round((person.totp_paused_until - now).total_seconds())
        raise TooMany(_("That was a lot of wrong codes. Wait a little, then try again."), retry_after=max(1, wait))
    if is_right():
        person.totp_failures, person.totp_paused_until = 0, None
        return True
    person.totp_failures += 1
    if person.totp_failures >= totp.FAILURES:
        person.totp_failures, person.totp_paused_until = 0, now + timedelta(seconds=totp.PAUSE)
    db.session.commit()
    return False


def switch_on(user: User, secret: str, code: str) -> list[str]:
    """Ask for a code at every sign-in from now on.

    Args:
        user: whose sign-in.
        secret: what his phone was given, base32.
        code: what it shows now, as proof that it took it.

    Returns:
        Ten codes for paper, shown once.

    Raises:
        WrongCode: the phone shows something else.
    """
    take_phone(user, secret, code)
    letters.write("factor_changed", user.email, user.locale, name=user.name, is_on=True)
    return renew_codes(user)


def take_phone(person: User | Operator, secret: str, code: str) -> None:
    """Have this phone's codes as the second step. The person's sessions end.

    Raises:
        WrongCode: the phone shows something else than it should with this secret.
    """
    step = totp.step_of(secret, code, clock.now(), None)
    if step is None:
        raise WrongCode(_("This code doesn't fit. Take the one your phone shows now."))
    person.totp_secret, person.totp_step = totp.sealed(_key(), secret), step
    person.totp_failures, person.totp_paused_until = 0, None
    person.epoch += 1


def switch_off(user: User) -> None:
    """Ask for codes no more: for the password alone, or for a passkey where he has one."""
    user.totp_secret = user.totp_step = None
    user.epoch += 1
    if not user.has_second_factor:
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    letters.write("factor_changed", user.email, user.locale, name=user.name, is_on=False)


def renew_codes(user: User) -> list[str]:
    """Ten new codes for paper; the old ones are worthless."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = totp.fresh_codes()
    db.session.add_all(RecoveryCode(user_id=user.id, code_hash=totp.code_digest(_key(), code)) for code in codes)
    return codes


def _is_from_phone(person: ByPhone, code: str) -> bool:
    if person.totp_secret is None:
        return False
    step = totp.step_of(totp.opened(_key(), person.totp_secret), code, clock.now(), person.totp_step)
    if step is None:
        return False
    person.totp_step = step
    return True


def _is_from_paper(user: User, code: str) -> bool:
    used = db.session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.code_hash == totp.code_digest(_key(), code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
        .returning(RecoveryCode.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    return used is not None


def _key() -> str:
    return str(current_app.config["SECRET_KEY"])
