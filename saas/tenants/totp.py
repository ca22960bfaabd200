"""The second step of a sign-in: codes from a phone (RFC 6238), and codes on paper for when the phone is gone."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime

import pyotp
import segno
from markupsafe import Markup

from saas import sealing

STEP = 30  # s
FAILURES = 10  # wrong codes before a pause
PAUSE = 15 * 60  # s
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else


def fresh_secret() -> str:
    """A new secret for a phone, base32."""
    return pyotp.random_base32()


def sealed(key: str, secret: str) -> bytes:
    """A secret as it is kept: readable with the service's key only."""
    return sealing.sealed(key, "totp", secret)


def opened(key: str, kept: bytes) -> str:
    """The secret in a kept one.

    Raises:
        ValueError: it was sealed with another key, or altered.
    """
    return sealing.opened(key, "totp", kept)


def step_of(secret: str, code: str, now: datetime, last: int | None) -> int | None:
    """Which step a code belongs to, one before or after the present at most; None when it is wrong or used.

    Args:
        secret: base32.
        code: six figures; spaces don't matter.
        now: UTC.
        last: the last step used: it and those before don't count again.
    """
    code = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", code):
        return None
    here = int(now.timestamp()) // STEP
    made = pyotp.TOTP(secret)
    for step in (here, here - 1, here + 1):
        if hmac.compare_digest(made.generate_otp(step), code) and (last is None or step > last):
            return step
    return None


def reopened(key: str, kept: str | None) -> str | None:
    """`opened` for what a form brings back, sealed by us or not; None where it wasn't."""
    try:
        return opened(key, (kept or "").encode())
    except ValueError:
        return None


def address(secret: str, email: str) -> str:
    """The address that a phone's app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Seaport")


def picture(uri: str) -> Markup:
    """The address as a QR code, SVG to be put into the page."""
    drawn = segno.make(uri, error="m").svg_inline(scale=4, border=2, dark="#000", light="#fff", omitsize=True)
    return Markup(drawn)  # noqa: S704 - drawn here from figures, holds no text


def fresh_codes(count: int = 10) -> list[str]:
    """New codes for paper, 49 bits each: `abcde-fghjk`."""
    made = ["".join(secrets.choice(ALPHABET) for _ in range(10)) for _ in range(count)]
    return [f"{code[:5]}-{code[5:]}" for code in made]


def code_digest(key: str, code: str) -> bytes:
    """What the database keeps of a paper code."""
    plain = re.sub(r"[\s-]", "", code.casefold())
    return hmac.new(sealing.derived(key, "recovery"), plain.encode(), hashlib.sha256).digest()
