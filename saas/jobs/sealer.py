"""Chains the trail of every workspace, a few seconds behind its writers, and keeps the head of each chain outside.

An anchor is a small file beside the database (`audit/` in the data folder) and a line in the log: it shows when the end
of a chain was cut off.
"""

from __future__ import annotations

import json
import logging
import time
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import select, text

from saas import clock
from saas.db import db
from saas.tenants import scope
from saas.tenants.actions import chain
from saas.tenants.actions.chain import Head
from saas.tenants.models import Tenant

log = logging.getLogger(__name__)

SLICE = 2.0  # s of sealing before the clock is looked at again
BATCH = 500  # events in a transaction
LATE = timedelta(minutes=15)  # after its time, an event's transaction may still be open
WHOLE = 3600.0  # s between two looks at events of any age


class Sealer:
    """What is left to chain."""

    def __init__(self, app: Flask) -> None:
        """Args: app: whose data folder keeps the anchors."""
        self.app = app
        self._left: dict[UUID, datetime | None] = {}  # workspace → from which time on; None: from the beginning
        self._whole_at = 0.0

    def begin(self) -> None:
        """Start over: look at every event of every workspace once."""
        self._left.clear()
        self._whole_at = 0.0

    def work(self) -> None:
        """Chain what is new, for about `SLICE` seconds; the rest has its turn at the next call."""
        if not self._left:
            self._look()
        until = time.monotonic() + SLICE
        while self._left and time.monotonic() < until:
            tenant_id, since = self._left.popitem()
            if seal(tenant_id, since):
                self._left[tenant_id] = since

    def _look(self) -> None:
        now = clock.now()
        with db.engines["platform"].connect() as connection:
            if time.monotonic() >= self._whole_at:
                self._whole_at = time.monotonic() + WHOLE
                self._left = dict.fromkeys(connection.scalars(select(Tenant.id)))
            else:
                busy = connection.scalars(text("select busy_tenants(:since)"), {"since": now - LATE})
                self._left = dict.fromkeys(busy, now - LATE)


def seal(tenant_id: UUID, since: datetime | None = None) -> bool:
    """Chain one batch of a workspace's events and anchor the head; True when there is more."""
    with scope.enter(tenant_id):
        head, count = chain.extend(BATCH, since=since)
        db.session.commit()
    if head is not None and count:
        keep_anchor(tenant_id, head)
    return count == BATCH


def keep_anchor(tenant_id: UUID, head: Head) -> None:
    """Write the head of a chain outside the database, as one step."""
    file = anchor_file(tenant_id)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps({"seq": head.seq, "hmac": head.hmac.hex(), "at": clock.now().isoformat()}))
    fresh.replace(file)
    log.info("trail anchored", extra={"tenant": str(tenant_id), "seq": head.seq, "hmac": head.hmac.hex()})


def anchor_of(tenant_id: UUID) -> Head | None:
    """The head of a chain as it was last anchored on this machine."""
    try:
        kept = json.loads(anchor_file(tenant_id).read_text())
        return Head(int(kept["seq"]), bytes.fromhex(kept["hmac"]))
    except (OSError, ValueError, KeyError):
        return None


def anchor_file(tenant_id: UUID) -> Path:
    """Where a workspace's anchor lies."""
    folder: Path = current_app.extensions["config"].data_dir
    return folder / "audit" / f"{tenant_id}.json"
