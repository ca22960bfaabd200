"""The wake-up: a word to the workers that a workspace has due work. It may be lost; PostgreSQL holds the promise."""

from __future__ import annotations

import logging
from uuid import UUID

import redis
from flask import Flask, current_app
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import event
from sqlalchemy.orm import Session

from saas.config import Config
from saas.db import db

log = logging.getLogger(__name__)

QUEUE = "wake"
RUN_TENANT = "saas.jobs.runner.run_tenant"  # the one function a job may name


def connect(config: Config) -> redis.Redis:
    """A client with short limits: no page waits for Redis longer than a second."""
    return redis.Redis.from_url(
        config.redis_url, socket_timeout=1.0, socket_connect_timeout=1.0, health_check_interval=30
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
    """Wake the workers for this workspace. Losing the message costs a few seconds: the sweep finds the work as well."""
    try:
        queue = Queue(QUEUE, connection=client(), serializer=JSONSerializer)
        queue.enqueue(RUN_TENANT, str(tenant_id), result_ttl=0, failure_ttl=60, ttl=60)
    except (RedisError, OSError) as error:
        log.warning("wake-up lost", extra={"tenant": str(tenant_id), "error": type(error).__name__})


@event.listens_for(Session, "after_commit")
def _send(session: Session) -> None:
    for tenant_id in session.info.pop("wake", ()):
        now(tenant_id)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("wake", None)
