"""The database: one session, two roles, and the tenant wall that every statement passes.

Every table of a tenant is keyed `(tenant_id, id)`. `link()`, `linked()`, `unique()` and `index()` put `tenant_id`
first, so nobody writes it by hand. Three walls keep tenants apart: without a tenant in scope a statement on such a
table raises; the ORM adds `tenant_id = :tenant` to every statement; PostgreSQL's row-level security holds even if both
failed.

Platform tables (users, sessions, the register of tenants) are reached through a role of their own: a model says
`__realm__ = "platform"` and its statements go there.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
import uuid_utils.compat
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    BigInteger,
    Connection,
    Date,
    Enum,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
    bindparam,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB, TIMESTAMP
from sqlalchemy.engine import Engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    declared_attr,
    foreign,
    mapped_column,
    registry,
    relationship,
    with_loader_criteria,
)
from sqlalchemy.pool import NullPool
from sqlalchemy.sql import Delete, Executable, Insert, Select, Update
from sqlalchemy.sql.elements import (
    BinaryExpression,
    BooleanClauseList,
    ColumnClause,
    ColumnElement,
    Grouping,
    TextClause,
)
from sqlalchemy.sql.operators import and_ as and_operator
from sqlalchemy.sql.operators import eq
from sqlalchemy.sql.selectable import Alias, FromClause, Join
from sqlalchemy.sql.visitors import HasTraverseInternals, iterate

from saas import clock
from saas.config import Config
from saas.errors import SetupError

TENANT_SETTING = "app.tenant_id"
FITNESS = text(
    "select current_setting('server_version_num')::int,"
    " exists (select 1 from pg_class where relname = 'alembic_version' and relnamespace = 'public'::regnamespace),"
    " exists (select 1 from pg_roles r where pg_has_role(current_user, r.oid, 'member')"
    " and (r.rolsuper or r.rolbypassrls or exists (select 1 from pg_class c"
    " where c.relnamespace = 'public'::regnamespace and c.relowner = r.oid)))"
)  # of a server for us: its version, whether it was migrated, whether our role sees past row-level security

_tenant: ContextVar[UUID | None] = ContextVar("tenant", default=None)


class NoScope(RuntimeError):
    """A statement on a tenant's table was about to run without a tenant in scope."""


def current_tenant() -> UUID:
    """The tenant in scope.

    Raises:
        NoScope: there is none.
    """
    tenant_id = _tenant.get()
    if tenant_id is None:
        raise NoScope("no tenant in scope")
    return tenant_id


def has_scope() -> bool:
    """True when a tenant is in scope."""
    return _tenant.get() is not None


@contextmanager
def scoped(tenant_id: UUID) -> Iterator[None]:
    """Put a tenant in scope for the block; transactions never cross the border of the block.

    Raises:
        ValueError: another tenant is in scope already, or a transaction was begun outside the block.
    """
    before = _tenant.get()
    if before == tenant_id:
        yield
        return
    if before is not None:
        raise ValueError("a tenant's scope can't be entered from another tenant's")
    if db.session().in_transaction():
        raise ValueError("a transaction is open: commit or roll back before entering a tenant's scope")
    token = _tenant.set(tenant_id)
    try:
        yield
    finally:
        db.session.rollback()
        db.session.expunge_all()
        _tenant.reset(token)


def new_id() -> UUID:
    """A fresh time-ordered id (UUIDv7). It tells its time of birth, so it is never a secret."""
    return uuid_utils.compat.uuid7()


# ── models ──────────────────────────────────────────────────────────────────────────────────────────────────────────

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
TYPES: dict[Any, Any] = {
    UUID: Uuid(),
    datetime: TIMESTAMP(timezone=True),
    date: Date(),
    str: Text(),
    bytes: BYTEA(),
    Decimal: Numeric(18, 2),
    int: BigInteger(),
    dict[str, Any]: JSONB(),
    dict[str, Any] | None: JSONB(),
    list[str]: ARRAY(Text()),
    list[Any]: JSONB(),
    enum.Enum: Enum(enum.Enum, native_enum=False, length=40, values_callable=lambda e: [m.value for m in e]),
}


class _Linked:
    """A relationship to be, until its class exists."""

    def __init__(self, column: str, **options: Any) -> None:
        self.column = column
        self.options = options


class _Keyed:
    """Ties a model's links once its table exists. A base of its own: Flask-SQLAlchemy copies the body of `Base`."""

    __realm__: ClassVar[str] = "tenant"

    def __init_subclass__(cls, **options: Any) -> None:
        marks = {name: value for name, value in vars(cls).items() if isinstance(value, _Linked)}
        for name, mark in marks.items():
            setattr(cls, name, _relationship(cls, mark))
        super().__init_subclass__(**options)
        table = getattr(cls, "__table__", None)
        if isinstance(table, Table) and "__tablename__" in vars(cls):
            table.info["realm"] = cls.__realm__
            table.info["area"] = _area(cls.__module__)
            if issubclass(cls, TenantModel):
                _tie(table)


def _area(module: str) -> str:
    """The capability or floor that a model's module belongs to: its package under `saas` or `saas.crm`."""
    parts = module.split(".")
    return parts[2] if parts[1:2] == ["crm"] and len(parts) > 2 else parts[1] if len(parts) > 1 else module


class Base(_Keyed, DeclarativeBase):
    registry = registry(metadata=MetaData(naming_convention=NAMES), type_annotation_map=TYPES)


def _relationship(cls: type[Any], mark: _Linked) -> Any:
    def join() -> ColumnElement[bool]:
        own = cls.__table__.c
        name = own[mark.column].info["link"]
        target = cls.metadata.tables[name].c
        condition: ColumnElement[bool] = (own.tenant_id == target.tenant_id) & (foreign(own[mark.column]) == target.id)
        return condition

    def remote() -> Any:
        own = cls.__table__.c
        name = own[mark.column].info["link"]
        return [cls.metadata.tables[name].c.id, cls.metadata.tables[name].c.tenant_id]

    return relationship(primaryjoin=join, remote_side=remote, **mark.options)


def _tie(table: Table) -> None:
    """Add the composite foreign keys and the indexes that `link()` asked for."""
    for column in list(table.columns):
        if target := column.info.get("link"):
            table.append_constraint(
                ForeignKeyConstraint(
                    ["tenant_id", column.name],
                    [f"{target}.tenant_id", f"{target}.id"],
                    ondelete=column.info.get("ondelete"),
                )
            )
            if column.info.get("indexed"):
                Index(None, table.c.tenant_id, column)


def link(target: str, *, index: bool = False, ondelete: str | None = None, **options: Any) -> Any:
    """A column that points at the row `(tenant_id, this)` of the tenant's table `target`."""
    info = {"link": target, "indexed": index, "ondelete": ondelete}
    return mapped_column(Uuid(), info=info, **options)


def linked(column: str, **options: Any) -> Any:
    """The object behind a `link()` column; joins on both key columns, writes only this one."""
    return _Linked(column, **options)


def unique(*columns: str, where: str | None = None, name: str | None = None) -> Index:
    """A unique index within the tenant, partial with `where` (SQL text)."""
    condition = text(where) if where else None
    return Index(name, "tenant_id", *columns, unique=True, postgresql_where=condition)


def index(
    *columns: Any,
    where: str | None = None,
    name: str | None = None,
    include: list[str] | None = None,
    using: str | None = None,
) -> Index:
    """An index led by the tenant; `include` names columns carried along for index-only reads, `using` the method."""
    options: dict[str, Any] = {"where": text(where) if where else None, "include": include or [], "using": using}
    given = {f"postgresql_{key}": value for key, value in options.items() if value is not None and value != []}
    return Index(name, "tenant_id", *columns, **given)


class RealmSession(FlaskSession):
    """One session over two database roles: each statement goes to the realm of the table it names first."""

    def get_bind(self, mapper: Any = None, clause: Any = None, bind: Any = None, **options: Any) -> Engine | Connection:
        if bind is not None:
            found: Engine | Connection = bind
            return found
        realm = mapper.local_table.info.get("realm") if mapper is not None else realm_of(clause)
        return db.engines["platform"] if realm == "platform" else db.engines[None]


def realm_of(clause: Any) -> str:
    """The realm of the table that a statement names first."""
    tables = (part for part in (iterate(clause) if clause is not None else ()) if isinstance(part, Table))
    return next((str(table.info.get("realm", "tenant")) for table in tables), "tenant")


db = SQLAlchemy(
    model_class=Base,
    session_options={"class_": RealmSession, "expire_on_commit": False},
    disable_autonaming=True,
)
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model  # mypy can't subclass an attribute, hence the alias


class TenantModel(Model):
    """A row of one tenant: keyed `(tenant_id, id)`; stamped, filtered and fenced without being asked."""

    __abstract__ = True

    @declared_attr
    def tenant_id(cls) -> Mapped[UUID]:
        return mapped_column(Uuid(), primary_key=True, default=current_tenant, sort_order=-20)

    @declared_attr
    def id(cls) -> Mapped[UUID]:
        return mapped_column(Uuid(), primary_key=True, default=new_id, sort_order=-19)

    @declared_attr
    def created_at(cls) -> Mapped[datetime]:
        return mapped_column(default=clock.now, sort_order=90)


class PlatformModel(Model):
    """A row of the service itself, reached through the platform role only."""

    __abstract__ = True
    __realm__ = "platform"

    @declared_attr
    def id(cls) -> Mapped[UUID]:
        return mapped_column(Uuid(), primary_key=True, default=new_id, sort_order=-19)

    @declared_attr
    def created_at(cls) -> Mapped[datetime]:
        return mapped_column(default=clock.now, sort_order=90)


class Versioned:
    """Counts each change of a row, so that a form can tell that somebody was faster."""

    version: Mapped[int] = mapped_column(default=1, sort_order=91)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now, sort_order=92)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


# ── the wall in code ────────────────────────────────────────────────────────────────────────────────────────────────

FENCED = "fenced"  # execution option: the ORM has added the tenant's predicate
REVIEWED = "reviewed"  # execution option: hand-written SQL that a reader has checked

# Asked when a statement runs, so one option serves every tenant and every statement is compiled once.
THE_TENANT = bindparam("the_tenant", callable_=current_tenant, type_=Uuid())
_criteria = with_loader_criteria(TenantModel, lambda cls: cls.tenant_id == THE_TENANT, include_aliases=True)


# Statements that were looked at, each with its fence: one that is written once and kept is looked at once. By identity:
# what is derived from a statement is another one.
_fenced: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


@event.listens_for(Session, "do_orm_execute")
def _fence(state: ORMExecuteState) -> None:
    """Add `tenant_id = :tenant` to every tenant entity of an ORM statement."""
    if not state.is_orm_statement or isinstance(state.statement, Insert):
        return
    state.statement = fenced(state.statement, is_ours=state.is_relationship_load or state.is_column_load)
    state.update_execution_options(**{FENCED: True})


def fenced(given: Any, *, is_ours: bool = False) -> Any:
    """An ORM statement with the tenant's predicate on each of its entities; `is_ours`: the ORM made it by itself.

    Raises:
        NoScope: a tenant's table stands in it by itself.
    """
    found = _fenced.get(given)
    if found is None:
        if not is_ours:
            _refuse_bare_tables(given)
        found = _fenced[given] = given.options(_criteria)
    return found


def held(given: Any) -> Any:
    """A Core statement that writes, if it holds each tenant's table in it to a tenant.

    Raises:
        NoScope: one stands in it by itself, or a row of an insert is given no `THE_TENANT`.
    """
    if isinstance(given, Insert) and _is_tenant_table(given.table):
        values = {getattr(column, "key", column): value for column, value in (given._values or {}).items()}
        if values.get("tenant_id") is not THE_TENANT:
            raise NoScope(f"an insert into {given.table} doesn't name the tenant")
    elif not isinstance(given, Insert):
        _refuse_bare_tables(given)
    return given


@event.listens_for(Session, "after_begin")
def _enter(session: Session, transaction: Any, connection: Connection) -> None:
    tenant_id = _tenant.get()
    if tenant_id is not None:
        enter(connection, tenant_id)


def enter(connection: Connection, tenant_id: UUID) -> None:
    """Tell PostgreSQL the tenant for this transaction only; the value is a UUID object, so the literal is safe."""
    connection.exec_driver_sql(f"SET LOCAL {TENANT_SETTING} = '{UUID(str(tenant_id))}'")


@event.listens_for(Session, "before_flush")
def _stamp(session: Session, context: Any, instances: Any) -> None:
    """Refuse to write a row of a tenant that is not in scope."""
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, TenantModel) and row.tenant_id not in (None, current_tenant()):
            raise NoScope(f"a {type(row).__name__} of another tenant was about to be written")


@event.listens_for(Engine, "before_execute")
def _refuse_unfenced(
    connection: Connection, statement: Executable, multiparams: Any, params: Any, options: dict[str, Any]
) -> None:
    """Refuse a Core statement on a tenant's table that doesn't carry the tenant's predicate."""
    if options.get(REVIEWED) or options.get(FENCED) or not connection.info.get("fence"):
        return
    if isinstance(statement, TextClause):
        raise NoScope("hand-written SQL needs execution_options(reviewed=True)")
    if isinstance(statement, Insert) and statement.select is None:
        if _is_tenant_table(statement.table):
            current_tenant()
        return
    _refuse_bare_tables(statement)


def _refuse_bare_tables(statement: Executable) -> None:
    """Raise NoScope if a tenant's table stands in the statement by itself, neither as a mapped class (the ORM fences
    those) nor with its `tenant_id` held to something by an AND-ed condition."""
    bare: dict[int, Any] = {}
    fenced: set[int] = set()
    waiting: list[Any] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Select | Update | Delete):
            fenced.update(id(_plain(t)) for t in _tied(node.whereclause))
        elif isinstance(node, Join):
            fenced.update(id(_plain(t)) for t in _tied(node.onclause))
        source = getattr(node, "table", None) if isinstance(node, ColumnClause | Update | Delete) else node
        if _is_tenant_table(source) and not _is_entity(node) and not _is_entity(source):
            bare[id(_plain(source))] = source
        if isinstance(node, Select):
            # Its own get_children would add the tables behind each column, mapped or not, once more and bare.
            waiting.extend(HasTraverseInternals.get_children(node))
        elif not _is_tenant_table(node):
            waiting.extend(node.get_children())
    for key, source in bare.items():
        if key not in fenced:
            raise NoScope(f"a statement on {source} lacks the tenant's predicate")


def _tied(condition: Any) -> Iterator[FromClause]:
    """The tables whose `tenant_id` an AND-ed part of the condition holds to a value or to another table's."""
    if isinstance(condition, BooleanClauseList) and condition.operator is and_operator:
        for part in condition.clauses:
            yield from _tied(part)
    elif isinstance(condition, BinaryExpression) and condition.operator is eq:
        for side in (condition.left, condition.right):
            if getattr(side, "name", None) == "tenant_id" and getattr(side, "table", None) is not None:
                yield side.table
    elif isinstance(condition, Grouping):
        yield from _tied(condition.element)


def _plain(source: Any) -> Any:
    return source._deannotate() if source._annotations else source


def _is_entity(node: Any) -> bool:
    return "parententity" in node._annotations or "parentmapper" in node._annotations


def _is_tenant_table(source: Any) -> bool:
    table = source.element if isinstance(source, Alias) else source
    return isinstance(table, Table) and table.info.get("realm") == "tenant" and "tenant_id" in table.c


# ── rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────


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


class _Cursor(psycopg.Cursor[Any]):
    """psycopg describes each column of each result anew; SQLAlchemy looks at the first result of a statement only."""

    @property
    def description(self) -> Any:
        result = self.pgresult
        return _Columns(self, result.nfields) if result and result.nfields else super().description


# ── wiring ──────────────────────────────────────────────────────────────────────────────────────────────────────────

LIMITS = "-c statement_timeout=10s -c lock_timeout=2s -c idle_in_transaction_session_timeout=10s -c timezone=UTC"


def init_app(app: Flask, config: Config) -> None:
    """Connect the app to its two roles. No connection is made before the first statement."""
    engine = {
        "pool_size": 4,
        "max_overflow": 4,
        "pool_timeout": 5,
        "pool_pre_ping": False,
        "pool_recycle": 600,
        "connect_args": {
            "options": LIMITS,
            "connect_timeout": 5,
            "application_name": "seaport",
            "cursor_factory": _Cursor,
        },
    }
    app.config["SQLALCHEMY_DATABASE_URI"] = config.database_url
    app.config["SQLALCHEMY_BINDS"] = {"platform": config.platform_url}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine
    db.init_app(app)
    with app.app_context():
        event.listen(db.engines[None], "connect", lambda raw, record: record.info.update(fence=True))


def refuse_unfit(url: str, variable: str, *, oldest: int) -> None:
    """Stop a process whose database is too old or not made, or whose role could see past row-level security.

    Args:
        url: the address.
        variable: the setting that names it.
        oldest: the least major version.

    Raises:
        SetupError: the server is older, no Seaport is there, or the role is a superuser, may bypass row-level
            security, or owns the tables, itself or through a role it is a member of.
        OperationalError: the database doesn't answer, or refuses us.
    """
    engine = create_engine(url, poolclass=NullPool, connect_args={"options": LIMITS, "connect_timeout": 5})
    with engine.connect() as connection:
        version, is_made, mighty = connection.execute(FITNESS).one()
    if version // 10000 < oldest:
        raise SetupError(
            f"The database of {variable} is PostgreSQL {version // 10000}. Seaport needs {oldest} or newer."
        )
    if mighty:
        raise SetupError(
            f"The user of {variable} could see the rows of every workspace. "
            "Set it to one without special rights; `saas migrate` makes it."
        )
    if not is_made:
        raise SetupError(f"The database of {variable} holds no Seaport yet. Run `saas migrate` first.")
