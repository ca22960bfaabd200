"""Statements that are sent again and again: each is written once a process, whatever it is asked for.

Writing a statement takes SQLAlchemy several times as long as PostgreSQL takes to answer it. One made here is compiled
when it is first sent; from then on only its values are. It passes the walls that every statement passes: it is looked
at and fenced before it is compiled, it needs the workspace in scope each time it is sent, and it runs in the session's
own transaction.

    @written_once
    def _people() -> Statement:
        return select(Contact.id, Contact.name).where(Contact.account_id == bindparam("account_id"))

    _people().rows(account_id=account.id)

What changes the statement itself (its columns, how far a right reaches) is an argument of the function: one is written
for each. What it is asked for is a `bindparam`, or one that knows its value (`callable_`), such as the reader. Models
that are selected come back as the session's objects, without what the ORM would have joined to them by itself. A row is
written by `insert` or `update` on a model's table, with `THE_TENANT` for its workspace.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, wraps
from threading import RLock
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Insert, Select, Table, Update, Uuid, any_, bindparam
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.inspection import inspect
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import instance_state, set_committed_value
from sqlalchemy.orm.util import AliasedInsp

from saas.db import RealmSession, db, fenced, held, put_off, realm_of, sent

SHAPES = 256  # of one statement that are kept

# One thread at a time writes: SQLAlchemy fills an alias's index of columns as it is first used, without a lock, and a
# second thread would find it half filled, take the bare table's column instead, and keep that statement for good.
_writing = RLock()

RECORD: Any = bindparam("record_id", type_=Uuid())  # the record whose page is drawn, where a statement asks for it

Statement = Select[*tuple[Any, ...]] | Insert | Update
Change = Callable[[Any], Any]


@dataclass(frozen=True)
class _Sent:
    """A statement as it is sent, and how values are changed on their way there and back."""

    sql: str
    constants: dict[str, Any]  # what stands in it
    told: dict[str, Callable[[], Any]]  # name → what tells its value
    given: dict[str, Change]  # name → value of ours as PostgreSQL takes it
    back: list[tuple[int, Change]]  # place → value of PostgreSQL's as ours


class Written:
    """One statement, to be sent with the values of its `bindparam`s."""

    def __init__(self, statement: Any) -> None:
        is_read = isinstance(statement, Select)
        described = statement.column_descriptions if is_read else statement.returning_column_descriptions
        self._parts = [_Part(one) for one in described]
        if is_read and any(part.mapper for part in self._parts):
            columns = [column for part in self._parts for column in part.columns]
            statement = statement.with_only_columns(*columns)
            if not statement._from_obj:
                statement = statement.select_from(self._parts[0].model)
        row: Any = namedtuple("Row", [part.name for part in self._parts])  # type: ignore[misc]
        self._row: Callable[[Sequence[Any]], Any] = row._make
        self._statement = statement
        self._realm = "platform" if realm_of(statement) == "platform" else None
        self._written: _Sent | None = None

    def rows(self, **values: Any) -> list[Any]:
        """All rows, their columns by name."""
        session: RealmSession = db.session()  # type: ignore[assignment]
        session.flush()
        return self._made(self._asked(session.reached(self._realm), values), session)

    def plain(self, **values: Any) -> list[Sequence[Any]]:
        """All rows as values of no session, for what is kept; `row` makes of one what `rows` would have given."""
        session: RealmSession = db.session()  # type: ignore[assignment]
        session.flush()
        return list(self._asked(session.reached(self._realm), values))

    def row(self, plain: Sequence[Any]) -> Any:
        """What `rows` gives for these values, its models held by this request's session."""
        (made,) = self._made([plain], db.session())
        return made

    def run(self, **values: Any) -> None:
        """Write, with the next statement or at the end of the transaction: what comes back is not waited for, and an
        error is that of whatever comes next."""
        session: RealmSession = db.session()  # type: ignore[assignment]
        session.flush()
        connection = session.reached(self._realm)
        put_off(connection, *self._filled(connection, values))

    def first(self, **values: Any) -> Any | None:
        """The first row; None where there is none."""
        return next(iter(self.rows(**values)), None)

    def value(self, **values: Any) -> Any:
        """The first column of the first row; None where there is none."""
        found = self.first(**values)
        return None if found is None else found[0]

    def values(self, **values: Any) -> list[Any]:
        """The first column of all rows."""
        return [row[0] for row in self.rows(**values)]

    def objects(self, **values: Any) -> list[Any]:
        """The model that comes first in each row, linked to the others by their names: what is selected as
        `aliased(Member, name="owner")` becomes its `owner`."""
        found = []
        for first, *others in self.rows(**values):
            for part, other in zip(self._parts[1:], others, strict=True):
                set_committed_value(first, part.name, other)
            found.append(first)
        return found

    def object(self, **values: Any) -> Any | None:
        """The first of `objects`; None where there is none."""
        return next(iter(self.objects(**values)), None)

    def read_by(self, connection: Connection, **values: Any) -> list[Any]:
        """All rows, read by this connection; objects among them belong to no session and are not to be changed."""
        return self._made(self._asked(connection, values), None)

    def _asked(self, connection: Connection, values: dict[str, Any]) -> Sequence[Any]:
        found = sent(connection, *self._filled(connection, values))
        back = self._written.back if self._written else []
        if not back:
            return found
        rows = [list(row) for row in found]
        for place, change in back:
            for row in rows:
                row[place] = change(row[place])
        return rows

    def _filled(self, connection: Connection, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The statement as the driver takes it, with its values."""
        written = self._written or self._write_first(connection.dialect, values)
        given = written.constants | values
        for name, tell in written.told.items():
            given[name] = tell()
        for name, change in written.given.items():
            given[name] = change(given[name])
        return written.sql, given

    def _write_first(self, dialect: Dialect, values: dict[str, Any]) -> _Sent:
        with _writing:
            return self._written or self._write(dialect, values)

    def _write(self, dialect: Dialect, values: dict[str, Any]) -> _Sent:
        statement = self._statement
        compiled = (fenced(statement) if isinstance(statement, Select) else held(statement)).compile(dialect=dialect)
        told = {name: bind.callable for bind, name in compiled.bind_names.items() if bind.callable is not None}
        expanded = compiled.construct_expanded_state(values)
        constants = {name: value for name, value in expanded.parameters.items() if name not in told | values}
        changes: dict[str, Any] = {**compiled._bind_processors, **expanded.processors}
        given = {name: change for name, change in changes.items() if name in expanded.parameters}
        fixed = {name: given.pop(name)(value) if name in given else value for name, value in constants.items()}
        types = [column.type for part in self._parts for column in part.columns]
        back = [(place, kind.result_processor(dialect, None)) for place, kind in enumerate(types)]
        changed = [(place, change) for place, change in back if change is not None]
        self._written = _Sent(expanded.statement, fixed, told, given, changed)
        self._statement = None  # as SQLAlchemy holds it, it takes more room than all that is sent
        return self._written

    def _made(self, found: Sequence[Any], session: Session | None) -> list[Any]:
        if not any(part.mapper for part in self._parts):
            return [self._row(row) for row in found]
        return [self._row(self._objects(row, session)) for row in found]

    def _objects(self, row: Sequence[Any], session: Session | None) -> list[Any]:
        made, place = [], 0
        for part in self._parts:
            after = place + len(part.columns)
            made.append(part.object(row[place:after], session) if part.mapper else row[place])
            place = after
        return made


class _Part:
    """One thing that a statement selects: a model, an alias of one, or a column."""

    def __init__(self, described: Any) -> None:
        self.name = described["name"]
        self.model = described["expr"]
        found = inspect(described["expr"], raiseerr=False)
        self.mapper: Mapper[Any] | None = found.mapper if isinstance(found, Mapper | AliasedInsp) else None
        self.columns: list[Any] = [described["expr"]]
        if self.mapper is not None:
            self.keys = [attribute.key for attribute in self.mapper.column_attrs]
            self.columns = [getattr(described["expr"], key) for key in self.keys]
            self.primary = [self.keys.index(str(column.key)) for column in self.mapper.primary_key]

    def object(self, values: Sequence[Any], session: Session | None) -> Any:
        """The object of a row, held by the session as one that it has loaded; None where an outer join found none."""
        assert self.mapper is not None
        identity = tuple([values[place] for place in self.primary])
        if identity[0] is None:
            return None
        key = (self.mapper.class_, identity, None)
        if session is not None and (known := session.identity_map.get(key)) is not None:
            return known
        made = self.mapper.class_manager.new_instance()
        made.__dict__.update(zip(self.keys, values, strict=True))
        if session is not None:
            state = instance_state(made)
            state.key, state.session_id = key, session.hash_key
            session.identity_map.add(state)
        return made


def written_once(write: Callable[..., Statement]) -> Callable[..., Written]:
    """The statement that `write` makes, once for each of its arguments (which must be hashable)."""

    @lru_cache(maxsize=SHAPES)
    @wraps(write)
    def kept(*shape: Any) -> Written:
        with _writing:
            return Written(write(*shape))

    return kept


def rows(
    asked: Callable[..., Written],
    shape: Sequence[Any],
    more: Sequence[ColumnElement[bool]],
    **values: Any,
) -> Sequence[Any]:
    """The rows of a statement narrowed by `more`: conditions of the moment, such as a filter's, with which SQLAlchemy
    writes it as it always does. Without any it is the one that is kept. For statements that select columns: to models
    the ORM would join what it joins by itself.
    """
    if not more:
        return asked(*shape).rows(**values)
    write: Callable[..., Statement] = asked.__wrapped__.__wrapped__  # type: ignore[attr-defined]
    with _writing:
        statement = write(*shape, *more)
    return db.session.execute(statement, values).all()


def table_of(model: Any) -> Table:
    """The table of a model, for what is written to it."""
    found: Table = model.__table__
    return found


def among(column: Any, name: str) -> ColumnElement[bool]:
    """True where the column holds one of the values that are asked for under `name`: a list, of whatever length."""
    found: ColumnElement[bool] = column == any_(bindparam(name, type_=ARRAY(column.type)))
    return found
