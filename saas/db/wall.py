"""The wall in code: no tenant in scope, no statement; and each statement holds its tables to that tenant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import (
    Connection,
    Table,
    Uuid,
    bindparam,
    event,
)
from sqlalchemy.engine import Engine
from sqlalchemy.orm import (
    ORMExecuteState,
    Session,
    with_loader_criteria,
)
from sqlalchemy.sql import Delete, Executable, Insert, Select, Update
from sqlalchemy.sql.elements import (
    BinaryExpression,
    BooleanClauseList,
    ColumnClause,
    Grouping,
    TextClause,
)
from sqlalchemy.sql.operators import and_ as and_operator
from sqlalchemy.sql.operators import eq
from sqlalchemy.sql.selectable import Alias, FromClause, Join
from sqlalchemy.sql.visitors import HasTraverseInternals

from saas.db.driver import begun
from saas.db.models import TenantModel, db
from saas.db.scope import TENANT_SETTING, NoScope, current_tenant, in_scope

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
    tenant_id = in_scope.get()
    if tenant_id is not None:
        enter(connection, tenant_id)


def enter(connection: Connection, tenant_id: UUID) -> None:
    """Tell PostgreSQL the tenant for this transaction only; the value is a UUID object, so the literal is safe."""
    begun(connection, f"SET LOCAL {TENANT_SETTING} = '{UUID(str(tenant_id))}'")


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


@contextmanager
def scoped(tenant_id: UUID) -> Iterator[None]:
    """Put a tenant in scope for the block; transactions never cross the border of the block.

    Raises:
        ValueError: another tenant is in scope already, or a transaction was begun outside the block.
    """
    before = in_scope.get()
    if before == tenant_id:
        yield
        return
    if before is not None:
        raise ValueError("a tenant's scope can't be entered from another tenant's")
    if db.session().in_transaction():
        raise ValueError("a transaction is open: commit or roll back before entering a tenant's scope")
    token = in_scope.set(tenant_id)
    try:
        yield
    finally:
        db.session.rollback()
        db.session.expunge_all()
        in_scope.reset(token)
