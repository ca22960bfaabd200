"""The driver without what SQLAlchemy puts around it, where that takes longer than PostgreSQL's answer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import psycopg
from sqlalchemy.engine import Connection


class _Columns(Sequence[Any]):
    """What the columns of a result are called and hold, found out when somebody asks."""

    def __init__(self, cursor: psycopg.Cursor[Any], many: int) -> None:
        self._cursor, self._many = cursor, many

    def __len__(self) -> int:
        return self._many

    def __getitem__(self, place: Any) -> Any:
        return self._all[place]

    @cached_property
    def _all(self) -> list[psycopg.Column]:
        return psycopg.Cursor.description.fget(self._cursor) or []  # type: ignore[attr-defined]


class Cursor(psycopg.Cursor[Any]):
    """psycopg describes each column of each result anew; SQLAlchemy looks at the first result of a statement only."""

    @property
    def description(self) -> Any:
        result = self.pgresult
        return _Columns(self, result.nfields) if result and result.nfields else super().description


def sent(connection: Connection, sql: str, values: dict[str, Any] | None = None) -> list[Any]:
    """What the driver answers: SQLAlchemy's own results would describe each column of each answer anew, which takes
    longer than the answer. Those who watch statements hear of it as of any other."""
    cursor: Any = None
    try:
        cursor = connection.connection.cursor()
        for note in connection.dispatch.before_cursor_execute:
            note(connection, cursor, sql, values, None, False)
        cursor.execute(sql, values)
        found: list[Any] = cursor.fetchall() if cursor.pgresult.nfields else []
    except psycopg.Error as error:  # told as SQLAlchemy tells it, and a connection that broke is dropped
        connection._handle_dbapi_exception(error, sql, values, cursor, None)
    return found
