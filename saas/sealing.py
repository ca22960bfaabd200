"""Text that nobody reads without the service's key: sealed for one place or use, opened only there.

Two ways, since two things are kept so. The confidential details of a workspace go through a `Sealer`: AES-256-GCM;
the place (workspace, row, field) is part of what is authenticated, so that a value put on another row doesn't open, and
each value says by which key it was sealed: with several keys the first seals, all of them open. Secrets of others that
we must be able to say again (a mailbox's password, the seed of a second step) are `sealed` for a use, whether or not
they are of a workspace.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MARK, NONCE = 4, 12  # bytes in front of what is sealed: of which key, and the number used once


class Sealer:
    """The keys of one workspace, derived from the service's."""

    def __init__(self, keys: Sequence[str], tenant_id: UUID) -> None:
        """`keys`: the service's, the one that seals first."""
        if not keys:
            raise ValueError("no key")
        self._tenant = tenant_id
        self._keys = {self._mark(key): self._derived(key, b"seal") for key in keys}
        self.newest = self._mark(keys[0])
        self._mac = self._derived(keys[0], b"fingerprint")

    def seal(self, text: str, row_id: UUID, field: str) -> bytes:
        """A text as it is kept on one row."""
        nonce = secrets.token_bytes(NONCE)
        box = AESGCM(self._keys[self.newest])
        return self.newest + nonce + box.encrypt(nonce, text.encode(), self._place(row_id, field))

    def open(self, kept: bytes, row_id: UUID, field: str) -> str:
        """The text in a kept one.

        Raises:
            ValueError: it was sealed with a key that isn't here, for another place, or was altered.
        """
        mark, nonce, sealed = kept[:MARK], kept[MARK : MARK + NONCE], kept[MARK + NONCE :]
        if mark not in self._keys:
            raise ValueError("sealed with another key")
        try:
            return AESGCM(self._keys[mark]).decrypt(nonce, sealed, self._place(row_id, field)).decode()
        except InvalidTag as error:
            raise ValueError("altered, or of another place") from error

    def fingerprint(self, text: str) -> bytes:
        """By which the same text is found again without being opened; differs from workspace to workspace."""
        return hmac.new(self._mac, text.encode(), hashlib.sha256).digest()

    def _place(self, row_id: UUID, field: str) -> bytes:
        return self._tenant.bytes + row_id.bytes + field.encode()

    def _derived(self, key: str, purpose: bytes) -> bytes:
        return hmac.new(key.encode(), b"seaport " + purpose + b" " + self._tenant.bytes, hashlib.sha256).digest()

    def _mark(self, key: str) -> bytes:
        return hmac.new(key.encode(), b"seaport key", hashlib.sha256).digest()[:MARK]


def sealed(key: str, use: str, secret: str) -> bytes:
    """A secret as it is kept: readable with the service's key only, and for this use only."""
    return _box(key, use).encrypt(secret.encode())


def opened(key: str, use: str, kept: bytes) -> str:
    """The secret in a kept one.

    Raises:
        ValueError: it was sealed with another key or for another use, or altered.
    """
    try:
        return _box(key, use).decrypt(kept).decode()
    except InvalidToken as error:
        raise ValueError("sealed with another key") from error


def derived(key: str, use: str) -> bytes:
    """A key of 32 bytes for one use, from the service's key."""
    return hmac.new(key.encode(), f"seaport:{use}".encode(), hashlib.sha256).digest()


def _box(key: str, use: str) -> Fernet:
    return Fernet(urlsafe_b64encode(derived(key, use)))
