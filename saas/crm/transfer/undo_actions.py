"""Undo of an import: what it made goes, what it changed is put back; what somebody has worked with since stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from saas import clock, search
from saas.crm.transfer import queries, register
from saas.crm.transfer.engine import CHUNK, actor
from saas.crm.transfer.kind import Kind, Work
from saas.crm.transfer.models import ImportRow, ImportRun, RunState
from saas.crm.transfer.values import Reading
from saas.db import Base, current_tenant, db
from saas.tenants import events
from saas.tenants.models import UndoRow

UNDONE = "import.undone"


def undo_chunk(run: ImportRun) -> None:
    """Undo the next rows, from the last to the first."""
    assert run.batch_id is not None
    kind = register.kind(run.kind)
    by, who = actor(run, kind.edit)
    work = Work(run, by, who, Reading(), "", clock.now())
    if not run.lap:
        kind.loosen(run.batch_id)
        run.lap = 1
    after = run.options.get("undo_after")
    rows = queries.undo_rows(run.batch_id, UUID(after) if after else None, CHUNK)
    for table in dict.fromkeys(row.subject_kind for row in rows):
        _undo_table(table, [row for row in rows if row.subject_kind == table], work)
    run.done = min(run.total, run.done + len(rows))
    if rows:
        run.options = run.options | {"undo_after": str(rows[-1].id)}
    if len(rows) < CHUNK:
        run.state, run.undone_at = RunState.UNDONE, clock.now()
        events.record(UNDONE, run, by=by, changed={"name": run.name, "counts": run.counts}, batch_id=run.batch_id)


def _undo_table(table: str, rows: Sequence[UndoRow], work: Work) -> None:
    model = _model(table)
    ids = [row.subject_id for row in rows]
    statement = select(model).where(model.id.in_(ids)).with_for_update(of=model)
    records = {record.id: record for record in db.session.scalars(statement).unique()}
    touched = queries.touched_since(work.run, table, ids)
    same = [
        row
        for row in rows
        if row.subject_id in records
        and row.subject_id not in touched
        and getattr(records[row.subject_id], "version", row.version) == row.version
    ]
    kept = {row.subject_id for row in rows if row not in same and row.subject_id in records}
    _explain(work.run, kept, "changed")
    kind = next((k for k in register.kinds().values() if k.model is model), None)
    _put_back([row for row in same if row.before is not None], records, kind, work)
    _take_out(table, [records[row.subject_id] for row in same if row.before is None], kind, work)
    for row in rows:
        if row.subject_id not in kept:
            row.undone_at = work.now


def _put_back(rows: Sequence[UndoRow], records: dict[UUID, Any], kind: Kind | None, work: Work) -> None:
    if not rows or kind is None:
        return
    facts = []
    for row in rows:
        record, before = records[row.subject_id], row.before or {}
        changed = {name: [getattr(record, name), value] for name, value in before.items()}
        kind.restore(record, before, work)
        facts.append((record, {"name": getattr(record, "name", "")} | changed))
    db.session.flush()
    kind.index([record for record, _changed in facts])
    events.record_many(kind.changed, facts, by=work.by, batch_id=work.run.batch_id)
    kind.follow([record for record, _changed in facts], work)


def _take_out(table: str, records: Sequence[Any], kind: Kind | None, work: Work) -> None:
    if not records:
        return
    model = _model(table)
    parts = kind.parts if kind is not None else ()
    used = _used(model, [record.id for record in records], {part.__tablename__ for part, _column in parts})
    _explain(work.run, used, "used")
    gone = [record for record in records if record.id not in used]
    ids = [record.id for record in gone]
    if not ids:
        return
    name = kind.removed if kind is not None else f"{table}.removed"
    said = [(record, {"name": getattr(record, "name", "")}) for record in gone]
    events.record_many(name, said, by=work.by, batch_id=work.run.batch_id)
    db.session.flush()
    search.drop(table, ids)
    for part, column in parts:
        _delete(part, getattr(part, column).in_(ids))
    _delete(model, model.id.in_(ids))
    if kind is not None:
        kind.follow(gone, work)


def _used(model: Any, ids: Sequence[UUID], but: set[str]) -> set[UUID]:
    """Those of the records that another row names; rows that go with their record don't count."""
    found: set[UUID] = set()
    for table in Base.metadata.sorted_tables:
        if table.name in but or "tenant_id" not in table.c:
            continue
        for key in table.foreign_key_constraints:
            if key.referred_table is not model.__table__ or key.ondelete == "CASCADE":
                continue
            column = next(c for c in key.columns if c.name != "tenant_id")
            mine = (table.c.tenant_id == current_tenant()) & column.in_(ids)
            found |= set(db.session.scalars(select(column).where(mine)))
    return found


def _delete(model: Any, condition: Any) -> None:
    db.session.execute(delete(model).where(condition).execution_options(synchronize_session=False))


def _explain(run: ImportRun, ids: set[UUID], why: str) -> None:
    if ids:
        statement = update(ImportRow).where(ImportRow.run_id == run.id, ImportRow.subject_id.in_(ids))
        statement = statement.values(reason={"why": why}).execution_options(synchronize_session=False)
        db.session.execute(statement)
        run.counts = run.counts | {"kept": run.counts.get("kept", 0) + len(ids)}


def _model(table: str) -> Any:
    return next(m.class_ for m in Base.registry.mappers if m.class_.__tablename__ == table)
