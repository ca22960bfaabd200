"""Undo of an import: what it made goes, what it changed is put back; what somebody has worked with since stays.

What something else stands on stays for now: the undo can be asked for again once that is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from saas import clock, search
from saas.crm.transfer import register, undo_queries
from saas.crm.transfer.engine import CHUNK, actor
from saas.crm.transfer.kind import Kind, Work
from saas.crm.transfer.models import HELD, KEPT, ImportRun, RunState
from saas.crm.transfer.undo_queries import model_of
from saas.crm.transfer.values import Reading
from saas.db import db
from saas.tenants import events
from saas.tenants.actions import attachments
from saas.tenants.models import UndoRow

UNDONE = "import.undone"
ROUND = "undo"  # option: how far the round at hand is, {after: id of the last row, gone, changed, used: counts}


def undo_chunk(run: ImportRun) -> None:
    """Undo the next rows, from the last to the first; round after round, until one takes nothing more back."""
    assert run.batch_id is not None
    by, who = actor(run, register.kind(run.kind).edit)
    work = Work(run, by, who, Reading(), "", clock.now())
    so_far = run.options.get(ROUND, {})
    after = so_far.get("after")
    rows = undo_queries.open_rows(run.batch_id, UUID(after) if after else None, CHUNK)
    counts = Counter({word: so_far.get(word, 0) for word in ("gone", "changed", "lost", "used")})
    before = counts["gone"]
    for table in dict.fromkeys(row.subject_kind for row in rows):
        counts += _undo_table(table, [row for row in rows if row.subject_kind == table], work)
    run.done = min(run.total, run.done + counts["gone"] - before)
    if len(rows) == CHUNK:
        run.options = run.options | {ROUND: {"after": str(rows[-1].id), **counts}}
    elif counts["used"] and (counts["gone"] or _cut_circles(work)):
        run.options = run.options | {ROUND: {}}  # what went may have stood on what stayed
    else:
        _finish(work, counts)


def _finish(work: Work, counts: Mapping[str, int]) -> None:
    run = work.run
    run.options = {name: value for name, value in run.options.items() if name != ROUND}
    if kept := counts["changed"] + counts["lost"] + counts["used"]:
        run.counts = run.counts | {KEPT: kept, HELD: counts["used"]}
        if run.batch_id is not None and undo_queries.is_whole(run.batch_id):
            run.state = RunState.DONE  # nothing of it is undone
            return
    run.state, run.undone_at = RunState.UNDONE, work.now
    events.record(UNDONE, run, by=work.by, changed={"name": run.name, "counts": run.counts}, batch_id=run.batch_id)


def _undo_table(table: str, rows: Sequence[UndoRow], work: Work) -> Counter[str]:
    """Take back what can be; returns how many are gone, and how many stay for which reason."""
    model = model_of(table)
    statement = select(model).where(model.id.in_([row.subject_id for row in rows])).with_for_update(of=model)
    statement = statement.execution_options(populate_existing=True)  # not as another table's rows brought it along
    records = {record.id: record for record in db.session.scalars(statement).unique()}
    kept = undo_queries.reasons(work.run, table, rows, records)
    free = [row for row in rows if row.subject_id not in kept]
    here = [row for row in free if row.subject_id in records]
    kind = register.kind_of(table)
    along = register.kind(work.run.kind).along
    if along is not None and along.model.__tablename__ == table:
        along.put_back([(records[row.subject_id], row.before) for row in here if row.before is not None], work)
        along.settle([row.subject_id for row in rows if row.before is not None], work)
    else:
        _put_back([row for row in here if row.before is not None], records, kind, work)
    _take_out(table, [records[row.subject_id] for row in here if row.before is None], kind, work)
    for row in free:
        row.undone_at = work.now
    return Counter({"gone": len(free)}) + Counter(str(kept[r.subject_id]["why"]) for r in rows if r.subject_id in kept)


def _put_back(rows: Sequence[UndoRow], records: dict[UUID, Any], kind: Kind | None, work: Work) -> None:
    if not rows or kind is None:
        return
    facts = []
    for row in rows:
        record, before = records[row.subject_id], row.before or {}
        changed = {name: [_now(record, name, value), value] for name, value in before.items()}
        kind.restore(record, before, work)
        facts.append((record, {"name": getattr(record, "name", "")} | changed))
    db.session.flush()
    kind.index([record for record, _changed in facts])
    events.record_many(kind.changed, facts, by=work.by, batch_id=work.run.batch_id)
    kind.follow([record for record, _changed in facts], work)


def _now(record: Any, name: str, before: Any) -> Any:
    """What a column holds now; of one with many values those that the import changed."""
    now = getattr(record, name, None)
    return {key: now.get(key) for key in before} if isinstance(now, dict) and isinstance(before, dict) else now


def _take_out(table: str, records: Sequence[Any], kind: Kind | None, work: Work) -> None:
    if not records or (kind is not None and kind.take_out(records, work)):
        return
    model, ids = model_of(table), [record.id for record in records]
    name = kind.removed if kind is not None else f"{table}.removed"
    said = [(record, {"name": getattr(record, "name", "")}) for record in records]
    events.record_many(name, said, by=work.by, batch_id=work.run.batch_id)
    db.session.flush()
    search.drop(table, ids)
    attachments.forget_all(table, ids)  # those that were taken off before and could still be put back
    for part, column in kind.parts if kind is not None else ():
        _delete(part, getattr(part, column).in_(ids))
    _delete(model, model.id.in_(ids))
    if kind is not None:
        kind.follow(records, work)


def _cut_circles(work: Work) -> bool:
    """Let go of records of the import that stand on one another in a circle; True when there were any."""
    assert work.run.batch_id is not None
    found = False
    for kind in register.kinds().values():
        for column in undo_queries.self_links(kind):
            links = undo_queries.links_within(work.run.batch_id, kind.model.__tablename__, column)
            found |= _cut(kind, column, one_of_each_circle(links), work)
    return found


def _cut(kind: Kind, column: str, ids: Iterable[UUID], work: Work) -> bool:
    records = list(db.session.scalars(select(kind.model).where(kind.model.id.in_(ids))).unique())
    facts = [(one, {"name": getattr(one, "name", ""), column: [getattr(one, column), None]}) for one in records]
    events.record_many(kind.changed, facts, by=work.by, batch_id=work.run.batch_id)
    # Past the ORM, so that the version stays the one that an undo compares.
    statement = update(kind.model).where(kind.model.id.in_([one.id for one in records])).values({column: None})
    db.session.execute(statement.execution_options(synchronize_session=False))
    return bool(records)


def one_of_each_circle(links: Mapping[UUID, UUID]) -> set[UUID]:
    """Follow links (record → the one it names): of each circle among them one record."""
    found, seen = set(), set()
    for start in links:
        path, at = set(), start
        while at in links and at not in seen:
            seen.add(at)
            path.add(at)
            at = links[at]
        if at in path:
            found.add(at)
    return found


def _delete(model: Any, condition: Any) -> None:
    db.session.execute(delete(model).where(condition).execution_options(synchronize_session=False))
