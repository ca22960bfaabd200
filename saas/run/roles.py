"""Before a process serves anybody: its database roles are those that row-level security holds."""

from __future__ import annotations

import logging
import time

from sqlalchemy.exc import OperationalError

from saas import db
from saas.config import Config
from saas.errors import SetupError

log = logging.getLogger(__name__)

LONGEST_REST = 10.0  # s


def check(settings: Config, patience: float = float("inf")) -> None:
    """Wait until the database answers, and look at the roles that the settings name.

    Args:
        settings: of this process.
        patience: how long to wait (s).

    Raises:
        SetupError: a role could see past row-level security, or the database hasn't answered in time.
    """
    deadline, rest = time.monotonic() + patience, 0.5
    while True:
        try:
            return db.refuse_mighty_roles(settings)
        except OperationalError as error:
            if time.monotonic() + rest > deadline:
                raise SetupError("The database doesn't answer. Start it, or mend DATABASE_URL.") from error
            log.warning("waiting for the database", extra={"error": type(error.orig).__name__})
        time.sleep(rest)
        rest = min(rest * 2, LONGEST_REST)
