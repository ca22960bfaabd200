"""How often someone may try: counts in Redis, shared by all processes; in this process's memory while Redis is away.

Built on `limits`, and not on Flask-Limiter, which stands on it: a sign-in counts per account, which is known only once
the form is read, and counts only when it fails.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app
from flask_babel import gettext as _
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from saas import wake
from saas.config import Config
from saas.errors import TooMany

log = logging.getLogger(__name__)
T = TypeVar("T")


class _Counters(RedisStorage):
    DEPENDENCIES = {
        "redis": RedisStorage.DEPENDENCIES["redis"]
    }  # it would take Valkey's client along, which isn't used


class Limits:
    """The counters of one service."""

    def __init__(self, config: Config) -> None:
        url = config.redis_url.replace("unix://", "redis+unix://", 1)
        pool = wake.connect(config).connection_pool
        self._shared = MovingWindowRateLimiter(_Counters(url, connection_pool=pool, key_prefix="limits"))
        self._own = MovingWindowRateLimiter(MemoryStorage())

    def ask(self, question: Callable[[MovingWindowRateLimiter], T]) -> T:
        """The answer by the shared counters, or by this process's own while Redis is away."""
        try:
            return question(self._shared)
        except (RedisError, OSError) as error:
            log.warning("limits counted in this process", extra={"error": type(error).__name__})
            return question(self._own)


def init_app(app: Flask, config: Config) -> None:
    """Keep the counters of the process."""
    app.extensions["limits"] = Limits(config)


def take(limit: str, *key: str) -> None:
    """Count one try under `key` ("20/minute", "sign-in", address).

    Raises:
        TooMany: the limit is reached; this try doesn't count.
    """
    item = parse(limit)
    if not _limits().ask(lambda by: by.hit(item, *key)):
        _refuse(item, key)


def check(limit: str, *key: str) -> None:
    """Raises TooMany when the limit under `key` is reached; counts nothing."""
    item = parse(limit)
    if not _limits().ask(lambda by: by.test(item, *key)):
        _refuse(item, key)


def count(limit: str, *key: str) -> None:
    """Count one try under `key`, whatever the limit."""
    item = parse(limit)
    _limits().ask(lambda by: by.hit(item, *key))


def _refuse(item: RateLimitItem, key: tuple[str, ...]) -> None:
    stats = _limits().ask(lambda by: by.get_window_stats(item, *key))
    wait = max(1, round(stats.reset_time - time.time()))
    raise TooMany(_("That was a lot of tries. Wait a little, then try again."), retry_after=wait)


def _limits() -> Limits:
    found: Limits = current_app.extensions["limits"]
    return found
