"""Does the due work of one workspace: enters it, takes deliveries under a lease, and commits each by itself.

A job's effect and the mark that it is done are one transaction, and only whoever holds the lease can make the mark. So
a process may die anywhere: what it had not committed is undone and done again by another; what it had is marked.
"""

from __future__ import annotations

import logging
import signal
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import NoReturn
from uuid import UUID

from flask import Flask, current_app, g
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from saas import wake
from saas.db import db
from saas.errors import BusinessError, NotReady
from saas.jobs import triggers
from saas.jobs.triggers import Work
from saas.tenants import scope
from saas.tenants.actions import trail
from saas.tenants.actions.trail import Hold
from saas.tenants.models import Event

log = logging.getLogger(__name__)

BATCH = 20  # deliveries of one workspace before the next workspace has its turn
LEASE = timedelta(seconds=60)
MARGIN = timedelta(seconds=5)  # a job is stopped so long before its lease ends
HOME = Path(__file__).parents[1]

_holding: ContextVar[Hold | None] = ContextVar("holding", default=None)
_stopping = threading.Event()


class LeaseLost(Exception):
    """Another process has taken the delivery over; nothing of this try may stay."""


class TookTooLong(BaseException):
    """The job neither ended nor called `heartbeat` in time. Not an Exception, so that no job swallows it."""


def run_tenant(tenant_id: str) -> int:
    """Do what is due in one workspace, at most `BATCH` deliveries. The only function that a job in Redis may name.

    Returns:
        How many deliveries were taken.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    tenant = UUID(tenant_id)
    with scope.enter(tenant):
        holds = trail.take(BATCH, lease=LEASE)
        speech = _speech() if holds else {}
        db.session.commit()
        for hold in holds:
            _attend(app, hold, speech)
    if len(holds) == BATCH and not _stopping.is_set():
        wake.now(tenant)  # behind the workspaces that wait already
    return len(holds)


def heartbeat() -> None:
    """Commit what the job at hand has done so far, and keep its delivery for another minute.

    For jobs that take long: called after each chunk, and before slow work outside the database. From then on the job is
    no longer all or nothing: done again, it must go on where it stopped. Outside a job it only commits.

    Raises:
        LeaseLost: another process has taken over; the chunk is undone.
    """
    hold = _holding.get()
    if hold is not None and not trail.extend(hold, lease=LEASE):
        raise LeaseLost
    db.session.commit()
    if hold is not None:
        _set_alarm(LEASE - MARGIN)


def finish_up() -> None:
    """End after the delivery at hand; those taken and not begun are given back."""
    _stopping.set()


def _speech() -> dict[str, str]:
    """The language and zone of the workspace, in which jobs speak where they know no reader."""
    workspace = scope.workspace()
    return {"locale": workspace.locale, "timezone": workspace.timezone}


def _attend(app: Flask, hold: Hold, speech: dict[str, str]) -> None:
    with app.app_context(), scope.tagged(f"job-{hold.id}"):  # a session and a `g` of its own
        g.locale, g.timezone = speech["locale"], speech["timezone"]
        if _stopping.is_set():
            trail.release(hold)
            db.session.commit()
            return
        may_run = trail.begin(hold, lease=LEASE)
        db.session.commit()
        if may_run:
            _run(hold)


def _run(hold: Hold) -> None:
    facts = {"job": hold.handler, "delivery": str(hold.id), "request_id": scope.request_id()}
    try:
        with _watched(hold):
            _call(hold)
        if not trail.finish(hold):
            raise LeaseLost
        db.session.commit()
        log.info("job done", extra=facts)
    except LeaseLost:
        db.session.rollback()
        log.warning("job taken over by another process", extra=facts)
    except NotReady as error:
        db.session.rollback()
        log.info("job waits", extra=facts | {"error": error.sentence})
        trail.wait(hold, error.sentence)
        db.session.commit()
    except (Exception, TookTooLong) as error:
        db.session.rollback()
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise  # the database is away, which is no fault of the job's
        _note_failure(hold, error, facts)


def _call(hold: Hold) -> None:
    job = triggers.JOBS.get(hold.handler)
    if job is None:
        raise LookupError(f"no job is named {hold.handler}")
    event = None
    if hold.event_id is not None:
        event = db.session.scalars(select(Event).where(Event.id == hold.event_id)).one()
    job(Work(event, hold.payload))
    db.session.flush()


def _note_failure(hold: Hold, error: BaseException, facts: dict[str, str | None]) -> None:
    said = describe(error)
    log.warning("job failed", extra=facts | {"error": said})
    if trail.put_off(hold, said):
        log.error("job given up", extra=facts | {"error": said})
    db.session.commit()


def describe(error: BaseException) -> str:
    """What went wrong, in a line without values of records or secrets: our own sentence, or the kind and the place."""
    if isinstance(error, BusinessError) and error.sentence:
        return error.sentence
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        if file.is_relative_to(HOME) and not file.is_relative_to(HOME / "db"):  # every statement passes through there
            place = file.relative_to(HOME).with_suffix("").as_posix().replace("/", ".")
            return f"{type(error).__name__} in {place}, line {frame.lineno}"
    return type(error).__name__


@contextmanager
def _watched(hold: Hold) -> Iterator[None]:
    """Stop the job in time before its lease ends, so that no two processes do slow work twice."""
    token = _holding.set(hold)
    before = signal.signal(signal.SIGALRM, _too_long)
    _set_alarm(LEASE - MARGIN if LEASE > MARGIN else LEASE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        _holding.reset(token)


def _set_alarm(after: timedelta) -> None:
    signal.setitimer(signal.ITIMER_REAL, max(after.total_seconds(), 0.001))


def _too_long(number: int, frame: FrameType | None) -> NoReturn:
    raise TookTooLong
