"""The keyed hashes that hold the trail together. No session, no clock: rows and keys in, bytes out.

Each event carries a mark from the moment it is written; later a link chains it to all before it. Without the key
neither can be made, so an event that was altered, slipped in, moved or taken out past the service shows.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

FIELDS = (
    "tenant_id",
    "id",
    "name",
    "actor_kind",
    "actor_id",
    "subject_kind",
    "subject_id",
    "account_id",
    "changed",
    "batch_id",
    "request_id",
    "created_at",
)
BEGINNING = bytes(32)  # stands for the link before the first


def key(secret: str, tenant_id: UUID) -> bytes:
    """The key of one workspace's trail, derived from the service's secret."""
    return hmac.new(secret.encode(), b"seaport trail " + tenant_id.bytes, hashlib.sha256).digest()


def canonical(event: Mapping[str, Any]) -> bytes:
    """The one way to write an event down: the same before it is stored and after it is read back."""
    row = {field: _plain(event.get(field)) for field in FIELDS}
    return json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def mark(key: bytes, event: Mapping[str, Any]) -> bytes:
    """The mark of an event."""
    return hmac.new(key, b"event " + canonical(event), hashlib.sha256).digest()


def link(key: bytes, seq: int, before: bytes, event: Mapping[str, Any]) -> bytes:
    """The `seq`-th link: over the link before it and the event."""
    return hmac.new(key, b"link %d " % seq + before + canonical(event), hashlib.sha256).digest()


def is_same(one: bytes, other: bytes) -> bool:
    """True when two hashes are equal; takes as long where they differ."""
    return hmac.compare_digest(one, other)


def _plain(value: Any) -> Any:
    """`value` as text, lists and mappings only. Numbers become text: PostgreSQL gives 1e3 back as 1000."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, int | float) and not isinstance(value, bool):
        digits = f"{Decimal(str(value)) or Decimal(0):f}"  # no minus zero
        return f"n{digits.rstrip('0').rstrip('.') if '.' in digits else digits}"
    return value if value is None or isinstance(value, bool) else str(value)
