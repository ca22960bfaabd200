"""A worker: waits for a wake-up from Redis, looks into the database by itself every few seconds, and runs what is due.

Redis tells it where to look first, and that is all. Without Redis it looks by itself, more often, and goes back once
Redis answers; without the database it waits. One process, no fork: killing it leaves nothing running behind.
"""

from __future__ import annotations

import logging
import random
import signal
import time
from collections import deque
from collections.abc import Callable
from types import FrameType
from uuid import UUID

import redis
from flask import Flask
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import DequeueTimeout
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from saas import clock, wake
from saas.db import db
from saas.jobs import runner
from saas.tenants.actions import letters

log = logging.getLogger(__name__)

SWEEP = 15.0  # s between two looks into the database while Redis wakes us
POLL = 2.0  # s between two looks while Redis is away
LISTEN = 2  # s at a time
MANY = 50  # workspaces in one look
LETTERS = 3  # of the service itself, posted at a time: people wait for those, and each may take seconds
LETTERS_EVERY = 2.0  # s
LONGEST_REST = 30.0  # s
STRAY = 100  # names kept of wake-ups whose worker died


class StopRequested(BaseException):
    """The process was asked to end while it waited. Not an Exception, so that nothing on the way swallows it."""


class WakeWorker(SimpleWorker):
    """RQ's worker, kept from all but waking.

    What lies in Redis is a hint from whoever may write there. So nothing of it is imported or called: a job must name
    the one function, with one workspace's id; its call-backs, web hooks and results don't exist for us.
    """

    dequeue_timeout = LISTEN
    connection_timeout = LISTEN + 3

    def __init__(self, connection: redis.Redis, run: Callable[[str], object]) -> None:
        """Args: connection: of its own, since it blocks; run: what to call with a workspace's id."""
        queue = Queue(wake.QUEUE, connection=connection, serializer=JSONSerializer)
        super().__init__([queue], connection=connection, serializer=JSONSerializer, prepare_for_work=False)
        self._run = run

    def listen(self, seconds: int | None) -> bool:
        """Wait up to `seconds` for a wake-up (None: don't wait), and answer it; False when none came.

        Raises:
            RedisError: Redis is away.
        """
        try:
            found = Queue.dequeue_any(self.queues, seconds, connection=self.connection, serializer=JSONSerializer)
        except DequeueTimeout:
            self._drop_strays()
            return False
        except RedisError:
            raise
        except Exception as error:  # what was in the queue is no job
            self._refuse(str(getattr(error, "job_id", "")))
            return True
        if found is not None:
            self.execute_job(*found)
        return found is not None

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run the workspace that the job names; anything else is dropped."""
        try:
            tenant_id = named_tenant(job)
        except Exception:
            self._refuse(job.id)
            return
        self._forget(job.id)  # first: what is committed from now on wakes anew
        self._run(tenant_id)

    def _drop_strays(self) -> None:
        """Forget wake-ups that died with their worker; the sweep finds the work."""
        self.connection.ltrim(self.queues[0].intermediate_queue_key, -STRAY, -1)

    def _refuse(self, job_id: str) -> None:
        log.warning("refused a job in Redis that is no wake-up", extra={"job": job_id})
        self._forget(job_id)

    def _forget(self, job_id: str) -> None:
        pipeline = self.connection.pipeline()
        pipeline.lrem(self.queues[0].intermediate_queue_key, 1, job_id)
        pipeline.delete(Job.key_for(job_id))
        pipeline.execute()


def named_tenant(job: Job) -> str:
    """The workspace whose id the job carries.

    Raises:
        ValueError: it names another function, or other arguments.
    """
    if job.func_name != wake.RUN_TENANT or job.instance is not None or job.kwargs or len(job.args) != 1:
        raise ValueError("not a wake-up")
    return str(UUID(job.args[0]))


class Worker:
    """The loop: answer wake-ups, and between two of them one workspace of the last sweep, so that each has its turn."""

    def __init__(self, app: Flask) -> None:
        """Args: app: with its jobs loaded."""
        self.app = app
        with app.app_context():
            self.ears = WakeWorker(wake.connect(app.extensions["config"]), self.run_tenant)
        self.found: deque[str] = deque()
        self.stopping = False
        self._idle = False
        self._sweep_at = 0.0
        self._letters_at = 0.0
        self._deaf_until = 0.0  # Redis is asked again then

    def run(self) -> int:
        """Work until asked to stop; 0 after that."""
        rest = 1.0
        while not self.stopping:
            try:
                self._turn()
                rest = 1.0
            except StopRequested:
                break
            except Exception as error:
                self._lament(error)
                self._sleep(rest * random.uniform(0.5, 1))  # noqa: S311 - so that workers don't return all at once
                rest = min(rest * 2, LONGEST_REST)
        log.info("stopped")
        return 0

    def stop(self, number: int, frame: FrameType | None) -> None:
        """Signal handler: end now if waiting, else after the delivery at hand."""
        self.stopping = True
        runner.finish_up()
        if self._idle:
            raise StopRequested

    def run_tenant(self, tenant_id: str) -> None:
        """Do what is due in one workspace, in an app context of its own."""
        self._idle = False
        with self.app.app_context():
            runner.run_tenant(tenant_id)

    def _turn(self) -> None:
        if time.monotonic() >= self._sweep_at:
            self._sweep()
        if time.monotonic() >= self._letters_at:
            self._post_letters()
        self._listen()
        if self.found and not self.stopping:
            self.run_tenant(self.found.popleft())

    def _sweep(self) -> None:
        """Look which workspaces have due work."""
        with self.app.app_context():
            ask = text("select due_tenants(:now, :many)")
            with db.engines["platform"].connect() as connection:
                due = [str(row) for row in connection.scalars(ask, {"now": clock.now(), "many": MANY})]
        self.found.extend(tenant for tenant in due if tenant not in self.found)
        self._sweep_at = time.monotonic() + (POLL if self._is_deaf() else SWEEP)

    def _post_letters(self) -> None:
        """Post letters that belong to no workspace: to confirm an address, to reset a password."""
        self._letters_at = time.monotonic() + LETTERS_EVERY  # first: a letter that fails must not stop the rest
        with self.app.app_context():
            if letters.post_letters(LETTERS) == LETTERS:
                self._letters_at = 0.0

    def _listen(self) -> None:
        if self._is_deaf():
            if not self.found:
                self._sleep(max(min(self._sweep_at, self._letters_at) - time.monotonic(), 0))
            return
        try:
            self._idle = not self.stopping
            self.ears.listen(None if self.found else LISTEN)
        except RedisError as error:
            log.warning("Redis is away", extra={"error": type(error).__name__})
            self._deaf_until = time.monotonic() + POLL * 2
            self._sweep_at = 0.0
        finally:
            self._idle = False

    def _is_deaf(self) -> bool:
        return time.monotonic() < self._deaf_until

    def _lament(self, error: Exception) -> None:
        if isinstance(error, DBAPIError):
            log.warning("the database is away", extra={"error": type(error.orig).__name__})
        else:
            log.exception("unexpected error")

    def _sleep(self, seconds: float) -> None:
        if self.stopping:
            return
        self._idle = True
        try:
            time.sleep(seconds)
        finally:
            self._idle = False


def main(app: Flask) -> int:
    """Work until SIGTERM or SIGINT; the delivery at hand is finished first."""
    worker = Worker(app)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, worker.stop)
    log.info("ready")
    try:
        return worker.run()
    except StopRequested:  # came between two turns
        return 0
