"""Secrets of others that we must be able to say again: kept so that only the service's key reads them."""

from __future__ import annotations

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken

from saas.tenants import tokens


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


def _box(key: str, use: str) -> Fernet:
    return Fernet(urlsafe_b64encode(tokens.derived(key, use)))
