"""What nearly every page of a workspace reads and hardly anybody changes: read once a process, until it changes.

    @kept
    def _all() -> dict[str, Entry]:
        ...reads the rows of models that say `__kept__ = True`

Whoever changes a row of such a table, in whatever way, gives the workspace another `turn` with the same commit: a
trigger of the table sees to it (`keep` in `migrations/isolation.py`). The turn comes with the session of whoever asks,
so a page knows without a statement of its own whether what its process holds is still true. Who has changed such a row
reads it afresh, until his request ends. Where no turn is known (in jobs), a reading lasts as long as a transaction.

What is kept is shared by threads and languages and is not to be changed; it holds no rows of a session.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID

from flask import g, has_app_context
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from saas.db import RealmSession, current_tenant, db

MOST = 2_000  # readings that a process keeps, of all workspaces together

T = TypeVar("T")

_Key = tuple[str, UUID]
_readings: dict[_Key, tuple[int, Any]] = {}
_keeping = Lock()


def is_turn(tenant_id: UUID, turn: int) -> None:
    """Let the readings of a workspace hold for this request if they were made at this turn."""
    g.turn = (tenant_id, turn)


def kept(read: Callable[[], T]) -> Callable[[], T]:
    """Let a function without arguments read once for each workspace, until its turn changes."""
    name = f"{read.__module__}.{read.__qualname__}"

    @wraps(read)
    def found() -> T:
        session = db.session()
        if session._new or session._deleted or session.identity_map._modified:  # as the ORM looks before it reads
            session.flush()
        key = (name, current_tenant())
        tenant_id, turn = g.get("turn") or (None, 0)
        if tenant_id != key[1]:
            return _in_transaction(key, read)
        known = _readings.get(key)
        if known is None or known[0] != turn:
            known = _keep(key, (turn, read()))
        value: T = known[1]
        return value

    return found


def _keep(key: _Key, reading: tuple[int, Any]) -> tuple[int, Any]:
    """Keep a reading, the longest kept going first; one that is read anew counts as the newest."""
    with _keeping:
        _readings.pop(key, None)
        while len(_readings) >= MOST:
            _readings.pop(next(iter(_readings)))
        _readings[key] = reading
    return reading


def _in_transaction(key: _Key, read: Callable[[], T]) -> T:
    known: dict[_Key, T] = g.setdefault("readings", {})
    if key not in known:
        known[key] = read()
    return known[key]


@event.listens_for(RealmSession, "after_flush")
def _see_rows(session: Session, _context: Any) -> None:
    if any(getattr(row, "__kept__", False) for rows in (session.new, session.dirty, session.deleted) for row in rows):
        forget()


@event.listens_for(RealmSession, "do_orm_execute")
def _see_statement(state: ORMExecuteState) -> None:
    if not state.is_select and state.bind_mapper is not None and getattr(state.bind_mapper.class_, "__kept__", False):
        forget()


@event.listens_for(RealmSession, "after_commit")
@event.listens_for(RealmSession, "after_soft_rollback")
def _end(_session: Session, *_rest: Any) -> None:
    if has_app_context():
        g.pop("readings", None)


def forget() -> None:
    """Read afresh what is asked for from here on. Models' changes are seen without it."""
    g.pop("readings", None)
    g.pop("turn", None)
