"""Before a process serves anybody: its servers let it in, are new enough, and its roles see one workspace at a time.

A server that is away is waited for, since it comes back; one that refuses us doesn't change its mind by itself.
"""

from __future__ import annotations

import logging
import time

from sqlalchemy.exc import OperationalError, ProgrammingError

from saas import db
from saas.config import Config
from saas.errors import SetupError
from saas.run import postgres, redis

log = logging.getLogger(__name__)

LONGEST_REST = 10.0  # s


def check(settings: Config, patience: float = float("inf")) -> None:
    """Look at Redis, wait until the database answers, and look at the roles that the settings name.

    Args:
        settings: of this process.
        patience: how long to wait for the database (s); Redis is not waited for.

    Raises:
        SetupError: a server refuses us or is too old, the database holds no Seaport or hasn't answered in time, or a
            role could see past row-level security.
    """
    redis.check(settings.redis_url)
    deadline = time.monotonic() + patience
    for variable, url in (("DATABASE_URL", settings.database_url), ("DATABASE_PLATFORM_URL", settings.platform_url)):
        _check_database(variable, url, deadline)


def _check_database(variable: str, url: str, deadline: float) -> None:
    rest = 0.5
    while True:
        try:
            return db.refuse_unfit(url, variable, oldest=postgres.OLDEST)
        except (OperationalError, ProgrammingError) as error:
            said = postgres.said(error.orig)
            if isinstance(error, ProgrammingError) or postgres.is_refusal(said):
                raise SetupError(f"The database of {variable} doesn't let us in: {said}") from error
            if time.monotonic() + rest > deadline:
                raise SetupError(f"The database of {variable} doesn't answer: {said}") from error
            log.warning("waiting for the database", extra={"variable": variable, "error": said})
        time.sleep(rest)
        rest = min(rest * 2, LONGEST_REST)
