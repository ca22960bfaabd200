"""Models, keys and the session: every table of a tenant is keyed `(tenant_id, id)`.

`link()`, `linked()`, `unique()` and `index()` put `tenant_id` first, so nobody writes it by hand. Platform tables
(users, sessions, the register of tenants) are reached through a role of their own: a model says
`__realm__ = "platform"` and its statements go there.
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

import uuid_utils.compat
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
    event,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB, TIMESTAMP
from sqlalchemy.engine import Engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    declared_attr,
    foreign,
    mapped_column,
    registry,
    relationship,
)
from sqlalchemy.sql.elements import (
    ColumnElement,
)
from sqlalchemy.sql.visitors import iterate

from saas import clock
from saas.db.scope import current_tenant


def new_id() -> UUID:
    """A fresh time-ordered id (UUIDv7). It tells its time of birth, so it is never a secret."""
    return uuid_utils.compat.uuid7()


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
    __kept__: ClassVar[bool] = False  # processes keep readings of its rows: `saas/kept.py`

    def __init_subclass__(cls, **options: Any) -> None:
        marks = {  # of mixins too: each model has relationships of its own
            name: value for base in cls.__mro__ for name, value in vars(base).items() if isinstance(value, _Linked)
        }
        for name, mark in marks.items():
            setattr(cls, name, _relationship(cls, mark, is_own=name in vars(cls)))
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


def _relationship(cls: type[Any], mark: _Linked, *, is_own: bool) -> Any:
    def target() -> Any:
        """The class of the other end; a model of its own says it in its annotation, where SQLAlchemy reads it."""
        name = cls.__table__.c[mark.column].info["link"]
        return next(mapper.class_ for mapper in cls.registry.mappers if mapper.local_table.name == name)

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

    ends = () if is_own else (target,)
    return relationship(*ends, primaryjoin=join, remote_side=remote, **mark.options)


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


def unique(*columns: Any, where: str | None = None, name: str | None = None) -> Index:
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

    def reached(self, realm: str | None) -> Connection:
        """The connection to a realm ("platform" or None), in the transaction or savepoint at hand."""
        known: dict[str | None, Connection] = self.info.setdefault("reached", {})
        if realm not in known:
            found = self.connection(bind_arguments={"bind": db.engines[realm]})
            known = self.info.setdefault("reached", {})  # beginning has emptied it
            known[realm] = found
        return known[realm]


@event.listens_for(RealmSession, "after_transaction_create")
@event.listens_for(RealmSession, "after_transaction_end")
def _moved_on(session: RealmSession, _transaction: Any) -> None:
    """A savepoint begins when it is first asked for its connection, so none is remembered into it or out of it."""
    session.info.pop("reached", None)


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
