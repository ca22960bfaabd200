"""Reads about imports and exports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from saas.crm.transfer.models import Export, ImportMemory, ImportRow, ImportRun, RowState, RunState
from saas.db import current_tenant, db
from saas.found import the_one
from saas.tenants import events

DISTINCT = 20_000  # different cells of a column that are looked at
LISTED = 100


def run(run_id: UUID) -> ImportRun:
    """An import of the workspace.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(ImportRun).where(ImportRun.id == run_id))


def lock_run(run_id: UUID) -> ImportRun:
    """An import as it is now, held until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    statement = select(ImportRun).where(ImportRun.id == run_id).with_for_update(of=ImportRun)
    return the_one(statement.execution_options(populate_existing=True))


def runs(limit: int = LISTED) -> list[ImportRun]:
    """The newest imports."""
    statement = select(ImportRun).order_by(ImportRun.created_at.desc(), ImportRun.id.desc()).limit(limit)
    return list(db.session.scalars(statement))


def runs_with_file(before: datetime, limit: int = LISTED) -> list[ImportRun]:
    """Imports that are over since before an instant, or were left before it, and whose file is still kept."""
    since = func.coalesce(ImportRun.finished_at, ImportRun.updated_at)
    over = ImportRun.state.in_([RunState.OPEN, RunState.CHECKED, RunState.DONE, RunState.UNDONE, RunState.FAILED])
    statement = select(ImportRun).where(since < before, over, ImportRun.file_id.is_not(None)).limit(limit)
    return list(db.session.scalars(statement))


def rows_after(run_id: UUID, number: int, many: int, *states: RowState) -> list[ImportRow]:
    """Rows of an import that follow row `number` of the file, in their order."""
    statement = select(ImportRow).where(ImportRow.run_id == run_id, ImportRow.number > number)
    if states:
        statement = statement.where(ImportRow.state.in_(states))
    return list(db.session.scalars(statement.order_by(ImportRow.number).limit(many)))


def alike(run_id: UUID, many: int) -> list[ImportRow]:
    """New rows of an import that look like a record which is here."""
    told = ImportRow.reason["why"].astext.is_not(None)
    mine = select(ImportRow).where(ImportRow.run_id == run_id, ImportRow.state == RowState.NEW, told)
    return list(db.session.scalars(mine.order_by(ImportRow.number).limit(many)))


def write_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what became of rows, {id, state, key, reason, subject_id}, in one statement."""
    said = text(
        "update import_row r set state = v.state, key = v.key, reason = v.reason, subject_id = v.subject_id"
        " from jsonb_to_recordset(cast(:rows as jsonb))"
        " as v(id uuid, state text, key text, reason jsonb, subject_id uuid)"
        " where r.tenant_id = :tenant and r.id = v.id"
    ).execution_options(reviewed=True)
    db.session.execute(said, {"rows": json.dumps(events.plain(rows)), "tenant": current_tenant()})


def each_row(run_id: UUID, *states: RowState) -> Iterator[ImportRow]:
    """All rows in these states, read a thousand at a time."""
    after = 0
    while rows := rows_after(run_id, after, 1000, *states):
        yield from rows
        after = rows[-1].number
        db.session.expunge_all()


def cells_of(run_id: UUID, place: int) -> dict[str, int]:
    """The different cells of a column, and in how many rows each stands; empty ones are left out."""
    cell = ImportRow.cells[place].astext
    statement = select(cell, func.count()).where(ImportRow.run_id == run_id, cell != "").group_by(cell)
    return dict(db.session.execute(statement.order_by(cell).limit(DISTINCT)).all())


def first_with_key(run_id: UUID, keys: set[str], before: int) -> dict[str, int]:
    """Which of these keys an earlier row has, and its number."""
    statement = (
        select(ImportRow.key, func.min(ImportRow.number))
        .where(ImportRow.run_id == run_id, ImportRow.key.in_(keys), ImportRow.number < before)
        .group_by(ImportRow.key)
    )
    return {str(key): number for key, number in db.session.execute(statement)}


def memory(kind: str, about: str) -> dict[str, str]:
    """What was settled before: folded name → meaning."""
    statement = select(ImportMemory.said, ImportMemory.means).where(
        ImportMemory.kind == kind, ImportMemory.about == about
    )
    return dict(db.session.execute(statement).all())


def export(export_id: UUID) -> Export:
    """A file that was asked for.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(Export).where(Export.id == export_id))


def exports(kind: str | None = None, limit: int = 20) -> list[Export]:
    """The newest files that were asked for."""
    statement = select(Export).order_by(Export.created_at.desc(), Export.id.desc()).limit(limit)
    return list(db.session.scalars(statement.where(Export.kind == kind) if kind else statement))
