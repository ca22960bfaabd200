"""What is kept of a question: keyed hashes, by which the same question is known again and nobody can read it."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from saas.crm.customers.likeness import Likeness


def fingerprints(keys: Likeness, tenant_id: UUID, secret: bytes) -> dict[str, bytes | None]:
    """Column of LeadCheck → hash; the same company has another one in each workspace."""
    return {
        f"{part}_hash": _hashed(part, value, tenant_id, secret) if value else None
        for part, value in (("company", keys.company), ("phone", keys.phone), ("mail", keys.mail))
    }


def _hashed(part: str, value: str, tenant_id: UUID, secret: bytes) -> bytes:
    return hmac.new(secret, tenant_id.bytes + f"{part}:{value}".encode(), hashlib.sha256).digest()
