"""The wake-up: a word to the workers that a workspace has due work. It may be lost; PostgreSQL holds the promise."""

from __future__ import annotations

import logging
import time
from uuid import UUID

import redis
from flask import Flask, current_app
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import event
from sqlalchemy.orm import Session

from saas.config import Config
from saas.db import db

log = logging.getLogger(__name__)

QUEUE = "wake"
RUN_TENANT = "saas.jobs.runner.run_tenant"  # the one function a job may name
KEPT = 60  # s a wake-up waits for a worker; the sweep finds the work in any case
QUIET = 5.0  # s without a further try after Redis didn't answer: no page waits for it twice

_quiet_until = 0.0  # on the monotonic clock


def connect(config: Config) -> redis.Redis:
    """A client with short limits and no second try: no page waits for Redis longer than a second."""
    return redis.Redis.from_url(
        config.redis_url,
        socket_timeout=1.0,
        socket_connect_timeout=1.0,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 0),
    )


def init_app(app: Flask, config: Config) -> None:
    """Keep one client for the process. Nothing is sent before the first use."""
    app.extensions["redis"] = connect(config)


def client() -> redis.Redis:
    """This process's Redis client."""
    found: redis.Redis = current_app.extensions["redis"]
    return found


def after_commit(tenant_id: UUID) -> None:
    """Wake the workers for this workspace once the open transaction has committed."""
    db.session().info.setdefault("wake", set()).add(tenant_id)


def now(tenant_id: UUID) -> None:
    """Wake the workers for this workspace; once is enough while the last wake-up still waits.

    Losing the message costs a few seconds: the sweep finds the work as well.
    """
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    name = str(tenant_id)
    try:
        if client().exists(Job.key_for(name)):  # asked first: making a job to find that out takes four times as long
            return
        queue = Queue(QUEUE, connection=client(), serializer=JSONSerializer)
        queue.enqueue(RUN_TENANT, name, job_id=name, unique=True, result_ttl=0, failure_ttl=KEPT, ttl=KEPT)
    except DuplicateJobError:
        pass
    except (RedisError, OSError) as error:
        _quiet_until = time.monotonic() + QUIET
        log.warning("wake-up lost", extra={"tenant": name, "error": type(error).__name__})


@event.listens_for(Session, "after_commit")
def _send(session: Session) -> None:
    for tenant_id in session.info.pop("wake", ()):
        now(tenant_id)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("wake", None)
