"""How many requests may speak to the database at once, for tests that need a crowd or a crush."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy.pool import QueuePool

from saas.db import db


@contextmanager
def pool_of(app: Flask, size: int, wait: float = 30) -> Iterator[None]:
    """Have the app role's requests share so many connections and no more, each waiting at most `wait` seconds."""
    with app.app_context():
        engine = db.engines[None]
    before = engine.pool
    engine.pool = QueuePool(
        before._creator, size, max_overflow=0, timeout=wait, dialect=before._dialect, _dispatch=before.dispatch
    )
    try:
        yield
    finally:
        engine.pool.dispose()
        engine.pool = before
