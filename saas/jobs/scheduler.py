"""The clock: writes down what is due in each workspace, once, however many schedulers run.

One leads: it holds an advisory lock in a database session of its own, and the lock goes when that session ends. Leading
only saves work. What makes an occurrence once is its key (workspace, rule, local time), so two leaders do no harm. The
leader also wakes workers for work that waits or was left behind, and chains the trail.
"""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import FrameType
from uuid import UUID

from flask import Flask
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from saas import clock, wake
from saas.db import db
from saas.jobs import sealer, triggers
from saas.jobs.triggers import Occurrence
from saas.tenants import events, scope
from saas.tenants.models import Tenant, TenantStatus

log = logging.getLogger(__name__)

LOCK = 7_301_100_043  # any number, the same in every scheduler; the next after that of migrations
TICK = 5.0  # s
SWEEP = 15.0  # s
MANY = 1000  # workspaces woken in one sweep
SKEW = timedelta(seconds=2)  # between our clock and the database's, beyond the offset of tests
LOOK_BACK = timedelta(hours=24)  # how long ago a missed time may be and still be made up for
OPEN = (TenantStatus.TRIAL, TenantStatus.ACTIVE)
LIVELY = "set idle_session_timeout = 0; set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5;"


class StopRequested(BaseException):
    """The process was asked to end. Not an Exception, so that nothing on the way swallows it."""


class Scheduler:
    """One process that keeps the clock, or waits to."""

    def __init__(self, app: Flask) -> None:
        """Args: app: with its jobs loaded."""
        self.app = app
        self.sealer = sealer.Sealer(app)
        self._last: datetime | None = None  # until when every occurrence is written down
        self._again: list[tuple[UUID, list[dict[str, object]]]] = []  # could not be written at the last tick
        self._sweep_at = 0.0

    def run(self) -> int:
        """Lead, or wait to lead, until asked to stop; 0 after that."""
        try:
            while True:
                self._try_to_lead()
                time.sleep(TICK)
        except StopRequested:
            log.info("stopped")
            return 0

    def _try_to_lead(self) -> None:
        try:
            with self.app.app_context(), _lock() as session:
                if session is not None:
                    self._lead(session)
        except DBAPIError as error:
            log.warning("the database is away", extra={"error": type(error.orig).__name__})
        except Exception:
            log.exception("unexpected error")

    def _lead(self, session: Connection) -> None:
        log.info("leading")
        self._last, self._again = None, []
        self.sealer.begin()
        while True:
            if is_in_step(session):  # and the session, with its lock, is still there
                self.tick(clock.now())
                self.sweep()
                self.sealer.work()
            time.sleep(TICK)

    def tick(self, now: datetime) -> None:
        """Write down what became due since the last tick; after a pause, each rule's last time within 24 hours."""
        earliest = now - LOOK_BACK
        last = max(min(self._last or earliest, now), earliest)
        again, self._again = self._again, []
        for tenant_id, rows in again:
            self._write(tenant_id, rows)
        if self._last is not None and _minute(last) == _minute(now):
            return
        for zone in _zones():
            if due := due_between(zone, last, now):
                for tenant_id, since in _tenants_in(zone):
                    self._write(tenant_id, [row_of(job, at, zone) for job, at in due.items() if at.at >= since])
        self._last = now

    def sweep(self) -> None:
        """Wake the workers for every workspace with work that waits, or was left by one who died."""
        if time.monotonic() < self._sweep_at:
            return
        self._sweep_at = time.monotonic() + SWEEP
        with db.engines["platform"].connect() as connection:
            ask = text("select due_tenants(:now, :many)")
            due: list[UUID] = list(connection.scalars(ask, {"now": clock.now(), "many": MANY}))
        for tenant_id in due:
            wake.now(tenant_id)

    def _write(self, tenant_id: UUID, rows: list[dict[str, object]]) -> None:
        """Write occurrences for one workspace; those that can't be written are tried again at the next tick."""
        try:
            with scope.enter(tenant_id):
                events.deliver_many(rows)
                db.session.commit()
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            log.exception("an occurrence could not be written", extra={"tenant": str(tenant_id)})
            self._again.append((tenant_id, rows))


def due_between(zone: str, after: datetime, until: datetime) -> dict[str, Occurrence]:
    """The last occurrence of each rule in a zone, later than `after` and not later than `until`; by the job's name."""
    found = {job: rule.latest(zone, after, until) for job, rule in triggers.RULES.items()}
    return {job: occurrence for job, occurrence in found.items() if occurrence}


def row_of(job: str, found: Occurrence, zone: str) -> dict[str, object]:
    """An occurrence as a delivery."""
    payload = events.plain({"at": found.at, "zone": zone})
    return {"handler": job, "key": found.key, "due_at": found.at, "payload": payload}


def is_in_step(session: Connection) -> bool:
    """True when our clock and the database's agree, leaving aside the offset of tests."""
    theirs: datetime = session.execute(text("select clock_timestamp()")).scalar_one()
    ahead = clock.now() - clock.offset() - theirs
    if abs(ahead) <= SKEW:
        return True
    log.error(
        "the clock is out of step with the database's: nothing is started", extra={"ahead_s": ahead.total_seconds()}
    )
    return False


@contextmanager
def _lock() -> Iterator[Connection | None]:
    """The session that leads, or None while another does."""
    with db.engines["platform"].connect() as pooled:
        session = pooled.execution_options(isolation_level="AUTOCOMMIT")
        session.detach()  # its end closes it, and with it goes the lock
        session.execute(text(LIVELY))
        is_ours = session.execute(text("select pg_try_advisory_lock(:key)"), {"key": LOCK}).scalar_one()
        yield session if is_ours else None


def _zones() -> list[str]:
    with db.engines["platform"].connect() as connection:
        return list(connection.scalars(select(Tenant.timezone).where(Tenant.status.in_(OPEN)).distinct()))


def _tenants_in(zone: str) -> list[tuple[UUID, datetime]]:
    """The open workspaces of a zone, and since when each is there."""
    wanted = select(Tenant.id, Tenant.created_at).where(Tenant.timezone == zone, Tenant.status.in_(OPEN))
    with db.engines["platform"].connect() as connection:
        return [(row.id, row.created_at) for row in connection.execute(wanted)]


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _stop(number: int, frame: FrameType | None) -> None:
    raise StopRequested


def main(app: Flask) -> int:
    """Keep the clock until SIGTERM or SIGINT. Whatever is cut off is done again by the next leader."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    log.info("ready")
    return Scheduler(app).run()
