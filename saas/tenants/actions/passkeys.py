"""Passkeys: added by their owner, and taken as proof of who he is. What a browser signs is asked once and used once.

A key belongs to the address of this service (`Site`); a page elsewhere that looks like ours gets no signature for it.
"""

from __future__ import annotations

import ipaddress
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from saas import clock, limits
from saas.db import db, new_id
from saas.errors import Refused
from saas.found import known
from saas.tenants import queries
from saas.tenants.actions import factors, letters
from saas.tenants.models import Passkey, PasskeyChallenge, RecoveryCode, User

LIFE = timedelta(minutes=5)
ASKED = "30/minute"  # challenges for one address
ADD, SIGN_IN, SECOND = "add", "sign_in", "second"  # what a challenge is for; it is good for nothing else
MOST = 20  # keys of one person
LONGEST_NAME = 60
WORD = "Seaport"  # what the browser calls this service


class UnknownPasskey(Refused):
    """The answer proves nothing: an unknown key, a wrong signature, another page's, an old or a used challenge."""


@dataclass(frozen=True)
class Site:
    """Where the service is found: what keys are bound to."""

    origin: str  # https://crm.example

    @property
    def rp_id(self) -> str:
        """The host name, without port."""
        return urlsplit(self.origin).hostname or ""

    @property
    def takes_passkeys(self) -> bool:
        """True unless it is reached by a bare number, for which browsers make none."""
        try:
            ipaddress.ip_address(self.rp_id)
        except ValueError:
            return True
        return False


@dataclass(frozen=True)
class Asked:
    """A question to the browser: its id, which the browser's own session keeps, and what its script is given."""

    id: UUID
    options: str  # JSON


def ask_to_add(user: User, site: Site) -> Asked:
    """Ask the browser to make a key for a user.

    Raises:
        Refused: he has as many as one may have.
        TooMany: asked too often.
    """
    known = queries.passkeys_of(user.id)
    if len(known) >= MOST:
        raise Refused(_("You have %(n)s passkeys. Remove one first.", n=MOST))
    asked, challenge = _ask(ADD, str(user.id), user.id)
    webauthn, structs = _library(), _structs()
    options = webauthn.generate_registration_options(
        rp_id=site.rp_id,
        rp_name=WORD,
        user_id=user.id.bytes,
        user_name=user.email,
        user_display_name=user.name,
        challenge=challenge,
        exclude_credentials=_described(known),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
    )
    return Asked(asked, webauthn.options_to_json(options))


def ask_to_prove(site: Site, address: str, user_id: UUID | None = None) -> Asked:
    """Ask the browser for a signature: of anyone's key, or as the second step of one user.

    Raises:
        TooMany: asked too often.
    """
    purpose = SECOND if user_id else SIGN_IN
    asked, challenge = _ask(purpose, address, user_id)
    webauthn, structs = _library(), _structs()
    alone = structs.UserVerificationRequirement.REQUIRED  # the key stands for the password as well
    options = webauthn.generate_authentication_options(
        rp_id=site.rp_id,
        challenge=challenge,
        allow_credentials=_described(queries.passkeys_of(user_id)) if user_id else None,
        user_verification=structs.UserVerificationRequirement.PREFERRED if user_id else alone,
    )
    return Asked(asked, webauthn.options_to_json(options))


def add(user: User, asked: UUID | None, answer: str, name: str, site: Site) -> list[str]:
    """Keep the key that the browser made. From then on the password alone is not enough.

    Args:
        user: whose key it is.
        asked: which question the browser's session was asked.
        answer: what the browser answered, JSON.
        name: what he calls it.
        site: where.

    Returns:
        Ten codes for paper, shown once; none where he has some.

    Raises:
        UnknownPasskey: the answer doesn't fit the question.
    """
    challenge = _use_up(asked, ADD, user.id)
    try:
        made = _library().verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (_library().helpers.exceptions.WebAuthnException, ValueError) as error:
        raise _unknown() from error
    _hold(user)
    if db.session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)) is not None:
        raise _unknown()
    db.session.add(
        Passkey(
            user_id=user.id,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            transports=" ".join(_transports(answer)),
            name=name,
        )
    )
    _changed(user, name, is_added=True)
    return [] if queries.count_recovery_codes(user.id) else factors.renew_codes(user)


def remove(user: User, passkey_id: UUID) -> None:
    """Forget a key; without any and without codes from a phone, the password alone is enough again.

    Raises:
        NotFound: he has none of that id.
    """
    _hold(user)
    found = known(next((key for key in queries.passkeys_of(user.id) if key.id == passkey_id), None))
    db.session.delete(found)
    _changed(user, found.name, is_added=False)
    if not user.has_second_factor:
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def prove(asked: UUID | None, answer: str, site: Site, user_id: UUID | None = None) -> User:
    """The user whose key signed the challenge.

    Args:
        asked: which question the browser's session was asked.
        answer: what the browser answered, JSON.
        site: where.
        user_id: as the second step of this user; None: the key alone says who it is.

    Raises:
        UnknownPasskey: it proves nothing. The challenge is used up all the same.
    """
    challenge = _use_up(asked, SECOND if user_id else SIGN_IN, user_id)
    try:
        given = _library().helpers.parse_authentication_credential_json(answer)
        key = _lock(given.raw_id)
        verified = _library().verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=user_id is None,
        )
    except (_library().helpers.exceptions.WebAuthnException, ValueError) as error:
        raise _unknown() from error
    user = db.session.get_one(User, key.user_id)
    handle = given.response.user_handle
    if user_id not in {None, user.id} or (handle and handle != user.id.bytes):
        raise _unknown()
    if user.disabled_at is not None or user.confirmed_at is None:
        raise _unknown()
    key.sign_count, key.last_used_at = verified.new_sign_count, clock.now()
    return user


def _hold(user: User) -> None:
    """Keep the user's row until the transaction ends: his keys are counted there, and two browsers may change them."""
    statement = select(User).where(User.id == user.id).with_for_update()
    db.session.scalars(statement.execution_options(populate_existing=True)).one()


def _changed(user: User, name: str, *, is_added: bool) -> None:
    user.passkeys += 1 if is_added else -1
    user.epoch += 1
    letters.write("passkey_changed", user.email, user.locale, name=user.name, passkey=name, is_added=is_added)
    db.session.flush()


def _ask(purpose: str, caller: str, user_id: UUID | None) -> tuple[UUID, bytes]:
    limits.take(ASKED, "passkey", caller)
    now = clock.now()
    db.session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < now))
    asked, challenge = new_id(), secrets.token_bytes(32)
    row = {"id": asked, "challenge": challenge, "purpose": purpose, "user_id": user_id, "expires_at": now + LIFE}
    db.session.add(PasskeyChallenge(**row))
    return asked, challenge


def _use_up(asked: UUID | None, purpose: str, user_id: UUID | None) -> bytes:
    """The challenge, once: in a transaction of its own, since a wrong answer uses it up too."""
    now = clock.now()
    mine = PasskeyChallenge.user_id == user_id if user_id else PasskeyChallenge.user_id.is_(None)
    statement = (
        update(PasskeyChallenge)
        .where(PasskeyChallenge.id == asked, PasskeyChallenge.purpose == purpose, mine)
        .where(PasskeyChallenge.used_at.is_(None), PasskeyChallenge.expires_at > now)
        .values(used_at=now)
        .returning(PasskeyChallenge.challenge)
    )
    with db.engines["platform"].begin() as connection:
        challenge = connection.execute(statement).scalar()
    if challenge is None:
        raise _unknown()
    return bytes(challenge)


def _lock(credential_id: bytes) -> Passkey:
    statement = select(Passkey).where(Passkey.credential_id == credential_id).with_for_update()
    found = db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise _unknown()
    return found


def _described(keys: list[Passkey]) -> list[Any]:
    structs = _structs()
    return [
        structs.PublicKeyCredentialDescriptor(
            id=key.credential_id,
            transports=[structs.AuthenticatorTransport(word) for word in key.transports.split()] or None,
        )
        for key in keys
    ]


def _transports(answer: str) -> list[str]:
    """How the browser says that it reaches the key; words that nobody knows are left out."""
    said: dict[str, Any] = json.loads(answer)
    words = said.get("response", {}).get("transports", [])
    return [word for word in _structs().AuthenticatorTransport if word.value in words]


def _library() -> Any:
    """The library that reads what browsers sign: 13 MB, loaded by the processes in which somebody uses a passkey."""
    return import_module("webauthn")


def _structs() -> Any:
    return import_module("webauthn.helpers.structs")


def _unknown() -> UnknownPasskey:
    return UnknownPasskey(_("That passkey didn't work here. Try again, or sign in another way."))
