"""The driver without what SQLAlchemy puts around it, where that takes longer than PostgreSQL's answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

import psycopg
from psycopg.generators import fetch_many
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy.engine import Connection

READS = ("select ", "set local ")  # how a statement begins that leaves nothing to commit


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
    """Describes a result's columns when asked: psycopg does it for each anew, and SQLAlchemy looks at the first of a
    statement only. Tells its connection what it sends."""

    @property
    def description(self) -> Any:
        result = self.pgresult
        return _Columns(self, result.nfields) if result and result.nfields else super().description

    def execute(self, query: Any, *args: Any, **options: Any) -> Any:
        """Send, after what was put off, and note whether there will be something to commit."""
        self._note(query)
        return super().execute(query, *args, **options)

    def executemany(self, query: Any, *args: Any, **options: Any) -> None:
        """Send once for each."""
        self._note(query)
        super().executemany(query, *args, **options)

    def copy(self, statement: Any, *args: Any, **options: Any) -> Any:
        """Copy rows in or out."""
        self._note(statement)
        return super().copy(statement, *args, **options)

    def _note(self, query: Any) -> None:
        link: Any = self._conn
        if not (isinstance(query, str) and query[:10].lower().startswith(READS)):
            link.has_written = True
        if isinstance(link, Link) and link.put_off:  # a tool's own connection puts nothing off
            link.send_put_off(query)


class Numbered(Cursor, psycopg.RawCursor[Any]):
    """Takes statements as PostgreSQL does, with `$1` for a value."""


@lru_cache(maxsize=2048)
def _numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """A statement with its values by number instead of `%(name)s`, and their names in that order. The driver does the
    same each time it forgot a statement or never keeps it, since there are many or it is long."""
    names: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found["name"]
        return "%" if name is None else f"${names.setdefault(name, len(names) + 1)}"

    return re.sub(r"%(?:%|\((?P<name>[^)]+)\)s)", number, sql), tuple(names)


class Link(psycopg.Connection[Any]):
    """A connection that doesn't wait where nobody needs the answer: for the begin of a transaction, for its end where
    nothing was written, and for each of several changes about which nothing is asked.

    The first two are sent, and heard of before the next thing is asked of the connection; the changes are put off until
    then, and sent together. A page is there two or three round trips earlier, a form some more.
    """

    has_written = False
    _is_ending = _is_beginning = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.cursor_factory = Cursor  # no other would note what it writes
        self.put_off: list[tuple[str, dict[str, Any]]] = []  # changes to be sent: SQL and values

    def send_put_off(self, then: Any = "") -> None:
        """Send what was put off, in its order, unless what comes `then` takes it back."""
        changes, self.put_off = self.put_off, []
        if isinstance(then, str) and then[:12].lower() == "rollback to ":  # what came before the savepoint was sent
            return
        with self.pipeline():
            for sql, values in changes:
                _execute(Numbered(self), sql, values)

    def begin(self, setting: str) -> bool:
        """Begin a transaction with a setting of its own; False within one, where nothing is done."""
        if self._is_ending:
            self._hear()
        if self.pgconn.transaction_status != TransactionStatus.IDLE:
            return False
        self._is_beginning = True
        self._send(f"BEGIN; {setting}")
        return True

    def commit(self) -> None:
        """End the transaction; wait for that only if it wrote."""
        if self._is_beginning:
            self._hear()
        if self.put_off:
            with self.pipeline():
                self.send_put_off()
                self.has_written = False
                return super().commit()
        reads = not self.has_written and self.pgconn.transaction_status == TransactionStatus.INTRANS
        self.has_written = False
        if not reads:
            return super().commit()
        self._is_ending = True
        return self._send("COMMIT")

    def rollback(self) -> None:
        """Take the transaction back; one whose end was sent has nothing to take back."""
        self.has_written = False
        self.put_off.clear()
        if not self._is_ending:
            super().rollback()

    def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
        """Wait for the server, whose answer to what was sent before comes first."""
        if self._is_ending or self._is_beginning:
            self._hear()
        return super().wait(gen, *args, **options)

    def _send(self, command: str) -> None:
        with self.lock:
            self.pgconn.send_query(command.encode())
            if self.pgconn.flush():
                self._hear()

    def _hear(self) -> None:
        self._is_ending = self._is_beginning = False
        for result in super().wait(fetch_many(self.pgconn)):
            if result.status == ExecStatus.FATAL_ERROR:
                raise psycopg.errors.error_from_result(result)


def put_off(connection: Connection, sql: str, values: dict[str, Any]) -> None:
    """Have the driver send a change with whatever is asked next, or with the end of the transaction. What is wrong with
    it is said then."""
    link: Any = connection.connection.driver_connection
    if not isinstance(link, Link):
        sent(connection, sql, values)
        return
    for note in connection.dispatch.before_cursor_execute:
        note(connection, None, sql, values, None, False)
    link.put_off.append((sql, values))
    link.has_written = True


def begun(connection: Connection, setting: str) -> None:
    """Have the transaction of a connection begin with a setting (`SET LOCAL …`), within one: set it from here on."""
    link: Any = connection.connection.driver_connection
    try:
        is_begun = isinstance(link, Link) and not link.autocommit and link.begin(setting)
    except psycopg.Error as error:
        connection._handle_dbapi_exception(error, setting, None, None, None)
    if is_begun:
        for note in connection.dispatch.before_cursor_execute:
            note(connection, None, setting, None, None, False)
    else:
        sent(connection, setting)


def sent(connection: Connection, sql: str, values: dict[str, Any] | None = None) -> list[Any]:
    """What the driver answers: SQLAlchemy's own results would describe each column of each answer anew, which takes
    longer than the answer. Those who watch statements hear of it as of any other."""
    cursor: Any = None
    try:
        cursor = Numbered(connection.connection.driver_connection)  # type: ignore[arg-type]
        for note in connection.dispatch.before_cursor_execute:
            note(connection, cursor, sql, values, None, False)
        _execute(cursor, sql, values)
        found: list[Any] = cursor.fetchall() if cursor.pgresult.nfields else []
    except psycopg.Error as error:  # told as SQLAlchemy tells it, and a connection that broke is dropped
        connection._handle_dbapi_exception(error, sql, values, cursor, None)
    return found


def _execute(cursor: Numbered, sql: str, values: dict[str, Any] | None) -> None:
    numbered, names = _numbered(sql)
    cursor.execute(numbered, [values[name] for name in names] if values else None)
