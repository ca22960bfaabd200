"""For machines: is the service alive, is it ready, how is it doing."""

from __future__ import annotations

from collections.abc import Callable
from hmac import compare_digest

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import NotFound

from migrations.state import is_current
from saas import config, wake
from saas.config import Config
from saas.db import db
from saas.tenants.permissions import anyone

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@anyone
def alive() -> ResponseReturnValue:
    """200 while this process answers."""
    return {"status": "ok"}


@bp.get("/readyz")
@anyone
def ready() -> ResponseReturnValue:
    """200 when database, Redis and schema are there; else 503, naming what is down."""
    down = [name for name, check in CHECKS.items() if not _works(check)]
    return ({"status": "down", "down": down}, 503) if down else {"status": "ok"}


@bp.get("/metrics")
@anyone
def metrics() -> ResponseReturnValue:
    """Counts for a collector, on this machine or with `METRICS_TOKEN`."""
    settings: Config = current_app.extensions["config"]
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    trusted = settings.metrics_token and compare_digest(sent.encode(), settings.metrics_token.encode())
    if not trusted and not (config.is_loopback(request.remote_addr or "") and not settings.proxy_hops):
        raise NotFound
    lines = [f'seaport_up{{part="{name}"}} {int(_works(check))}' for name, check in CHECKS.items()]
    for realm in (None, "platform"):
        pool = db.engines[realm].pool
        name = realm or "app"
        lines.append(f'seaport_connections{{role="{name}"}} {pool.checkedout()}')  # type: ignore[attr-defined]
    return "\n".join([*lines, ""]), {"Content-Type": "text/plain; version=0.0.4"}


def _database() -> bool:
    for realm in (None, "platform"):
        with db.engines[realm].connect() as connection:
            connection.execute(text("select 1").execution_options(reviewed=True))
    return True


def _redis() -> bool:
    return bool(wake.client().ping())


def _schema() -> bool:
    return is_current(db.engines["platform"])


def _works(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (SQLAlchemyError, RedisError, OSError):
        return False


CHECKS: dict[str, Callable[[], bool]] = {"database": _database, "redis": _redis, "migrations": _schema}
