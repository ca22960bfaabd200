"""How many requests may speak to the database at once, for tests that need a crowd or a crush."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy.pool import QueuePool

from saas.db import db


@contextmanager
def pool_of(app: Flask, size: int, wait: float = 30, *, is_patient: bool = False) -> Iterator[None]:
    """Have the app role's requests share so many connections and no more, each waiting at most `wait` seconds.

    `is_patient`: they wait for each other's locks as long, where it is not asked how fast a busy machine gives them.
    """
    with app.app_context():
        engine = db.engines[None]
    before = engine.pool
    engine.pool = QueuePool(
        _patient(before._creator, wait) if is_patient else before._creator,
        size,
        max_overflow=0,
        timeout=wait,
        dialect=before._dialect,
        _dispatch=before.dispatch,
    )
    try:
        yield
    finally:
        engine.pool.dispose()
        engine.pool = before


def _patient(connect: Callable[..., Any], wait: float) -> Callable[..., Any]:
    def made(*given: Any) -> Any:
        connection = connect(*given)
        with connection.cursor() as cursor:
            cursor.execute(f"set lock_timeout = '{wait:g}s'; set statement_timeout = '{2 * wait:g}s'")
        connection.commit()
        return connection

    return made
