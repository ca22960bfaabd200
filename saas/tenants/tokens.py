"""Secrets in cookies and mailed links: random or derived, and what the database keeps of them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b32encode, urlsafe_b64encode
from uuid import UUID

from saas.sealing import derived


def fresh() -> str:
    """A random secret of 256 bits, fit for a cookie or an address."""
    return secrets.token_urlsafe(32)


def of_link(key: str, purpose: str, row_id: UUID) -> str:
    """The secret of the link that belongs to a row: 256 bits, made from the service's key.

    Nothing keeps it: whoever holds the key can write the mail again, whoever reads the database can't.
    """
    made = hmac.new(derived(key, "link"), f"{purpose}:{row_id}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(made).decode().rstrip("=")


def of_mail_address(key: str, purpose: str, row_id: UUID) -> str:
    """`of_link` for a part of a mail address: 128 bits in letters and digits, whichever case a server makes of them."""
    made = hmac.new(derived(key, "address"), f"{purpose}:{row_id}".encode(), hashlib.sha256).digest()
    return b32encode(made[:16]).decode().rstrip("=").lower()


def digest(secret: str) -> bytes:
    """What the database keeps of a secret: its SHA-256."""
    return hashlib.sha256(secret.encode()).digest()
