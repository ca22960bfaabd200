"""What can be done with an import: bring a file, settle its columns and names, check it, bring it in, leave it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import IO, Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, insert

from saas import clock, files, sheets
from saas.crm.transfer import column_actions, queries, refused, register, rooms, undo_actions
from saas.crm.transfer.engine import CHUNK, Engine, actor, tally
from saas.crm.transfer.kind import Kind, Work
from saas.crm.transfer.models import AT_WORK, HELD, KEPT, UNDO_FOR, ImportRow, ImportRun, RunState
from saas.crm.transfer.states import NotNow, must_be
from saas.db import current_tenant, db, new_id
from saas.errors import Forbidden, Refused
from saas.tenants import brought, events, notices, scope
from saas.tenants import queries as tenants
from saas.tenants.actions import attachments, trail
from saas.tenants.models import Delivery, File, Member, UndoRow
from saas.tenants.permissions import Permission
from saas.tenants.scope import Actor

JOB = "crm.proceed_import"
AT_ONCE = 5000  # rows read while a person waits
TELLING, TOLD = 2, "told"  # the lap in which others are told what the file brought them; option: the last of them
STARTED, FINISHED = "import.started", brought.IN


def start(kind: Kind, source: IO[bytes], name: str, *, by: Actor) -> ImportRun:
    """Take a file and read its first rows; the rest of a long one is left to the workers.

    Args:
        kind: what its rows are.
        source: the file.
        name: as the person called it.
        by: who brings it.

    Raises:
        Refused: it is no sheet, or one that is not taken; nothing of it is kept.
    """
    try:
        stored = files.put(current_tenant(), source, name, largest=sheets.LARGEST)
    except files.WrongKind:
        raise sheets.Unreadable("kind") from None
    run = ImportRun(id=new_id(), kind=kind.key, name=stored.name, member_id=by.id if isinstance(by, Member) else None)
    file = File(
        id=new_id(),
        subject_kind=ImportRun.__tablename__,
        subject_id=run.id,
        name=stored.name,
        size=stored.size,
        sha256=stored.sha256,
        media_type=stored.media_type,
        member_id=run.member_id,
    )
    run.file_id = file.id
    db.session.add(file)
    db.session.flush()
    db.session.add(run)
    db.session.flush()
    events.record(STARTED, run, by=by, changed={"name": run.name, "kind": run.kind})
    try:
        for _batch in islice(_read(run), AT_ONCE // CHUNK):
            pass
    except Refused:
        attachments.drop_unnamed(stored.sha256)
        raise
    if run.state is RunState.READING:
        _ask(run)
    return run


def proceed(run_id: UUID, phase: RunState) -> Iterator[None]:
    """Do what an import waits for, a chunk between two yields; the caller commits at each.

    Done again after a crash it goes on behind the last chunk that was committed; done twice it does nothing.
    """
    steps = {
        RunState.CHECKING: _check_chunk,
        RunState.RUNNING: _run_chunk,
        RunState.UNDOING: undo_actions.undo_chunk,
    }
    run = queries.lock_run(run_id)
    if phase is RunState.READING and run.state is phase:
        yield from _read_on(run)
        return
    while run.state is phase and phase in steps:
        try:
            steps[phase](run)
        except Forbidden as refusal:
            db.session.rollback()
            _stop(queries.lock_run(run_id), refusal.sentence)
        yield
        db.session.expunge_all()
        run = queries.lock_run(run_id)


def stopped(run: ImportRun) -> Delivery | None:
    """The work that an import waits for, if it was given up."""
    return tenants.stopped_delivery(JOB, _job_key(run)) if run.state in AT_WORK else None


def try_again(run: ImportRun, *, by: Member) -> None:
    """Have an import go on whose work was given up; one that is under way stays as it is."""
    if (delivery := stopped(run)) is not None:
        trail.retry(delivery.id, by=by)


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _read_on(run: ImportRun) -> Iterator[None]:
    run_id = run.id
    try:
        yield from _read(run)
    except Refused as error:
        db.session.rollback()
        run = queries.lock_run(run_id)
        db.session.execute(delete(ImportRow).where(ImportRow.run_id == run_id))
        _stop(run, error.sentence)


def _read(run: ImportRun) -> Iterator[None]:
    """Put the file's rows aside, from the one after the last that is there."""
    assert run.file is not None
    path = files.path_of(current_tenant(), run.file.sha256)
    with sheets.read(path, after=run.cursor) as sheet:
        head = sheet.head
        own = refused.width(head.header)
        run.header = head.header[:own]
        rows = head.rows if head.rows is not None else run.head.get("rows")
        run.head = {"sheet": head.sheet, "encoding": head.encoding, "delimiter": head.delimiter, "kind": head.kind}
        run.head |= {"rows": rows}
        for batch in sheet.batches:
            cut = own if own < len(head.header) else None  # cells beyond the header are kept as they came
            rows = [{"run_id": run.id, "number": row.number, "cells": row.cells[:cut]} for row in batch]
            db.session.execute(insert(ImportRow), rows)
            run.cursor = batch[-1].number
            run.total += len(batch)
            db.session.flush()
            yield
    if not run.total:
        raise Refused(_("This file names columns, but has no rows below them."))
    run.state = RunState.OPEN
    column_actions.guess_columns(run)


# ── columns and names ───────────────────────────────────────────────────────────────────────────────────────────────


# ── check and run ───────────────────────────────────────────────────────────────────────────────────────────────────


def check(run: ImportRun) -> None:
    """Have every row rehearsed; nothing is written but what would become of it.

    Raises:
        NotNow: it is under way.
    """
    must_be(run, RunState.OPEN, RunState.CHECKED)
    _begin(run, RunState.CHECKING)


def bring_in(run: ImportRun) -> None:
    """Have the rows brought in, as checked.

    Raises:
        NotNow: it was not checked, or is under way.
    """
    must_be(run, RunState.CHECKED)
    run.batch_id = run.batch_id or new_id()
    run.started_at = clock.now()
    _begin(run, RunState.RUNNING)


def undo(run: ImportRun) -> None:
    """Have what the import made taken out and what it changed put back, where nobody has worked with it since.

    Asked for again it takes back what was left before, as far as nothing stands on that any more.

    Raises:
        NotNow: it is not done, nothing of it is left that can be taken back, or it is too long ago.
    """
    if not run.can_be_undone(clock.now()):
        raise NotNow(_("This import can't be undone any more."))
    run.reason = None
    run.options = {name: value for name, value in run.options.items() if name != undo_actions.ROUND}
    run.counts = {name: count for name, count in run.counts.items() if name not in {KEPT, HELD}}
    _begin(run, RunState.UNDOING)


def discard(run: ImportRun) -> None:
    """Leave an import that has changed nothing.

    Raises:
        NotNow: it has.
    """
    must_be(run, RunState.READING, RunState.OPEN, RunState.CHECKED, RunState.FAILED)
    file = run.file
    db.session.delete(run)
    db.session.flush()
    if file is not None:
        attachments.forget(file)


def forget_old() -> int:
    """Drop the rows, before-images and files of imports that can no longer be undone; returns how many imports."""
    old = queries.runs_with_file(before=clock.now() - UNDO_FOR)
    for run in old:
        file, run.file_id = run.file, None
        db.session.execute(delete(ImportRow).where(ImportRow.run_id == run.id))
        if run.batch_id is not None:
            db.session.execute(delete(UndoRow).where(UndoRow.batch_id == run.batch_id))
        db.session.flush()
        if file is not None:
            attachments.forget(file)
    return len(old)


def _begin(run: ImportRun, phase: RunState) -> None:
    run.state, run.done, run.cursor, run.lap = phase, 0, 0, 0
    if phase is not RunState.UNDOING:
        run.counts = {}
    _ask(run)


def _ask(run: ImportRun) -> None:
    """Have the workers proceed; the command line does so by itself, but it never undoes."""
    run.turn += 1
    db.session.flush()
    if run.member_id is None and run.state is not RunState.UNDOING:
        return
    payload = {"run_id": run.id, "phase": run.state}
    events.deliver(JOB, key=_job_key(run), due_at=clock.now(), payload=payload)


def _job_key(run: ImportRun) -> str:
    return f"{run.id}:{run.turn}"


def _check_chunk(run: ImportRun) -> None:
    rows = queries.rows_after(run.id, run.cursor, CHUNK)
    engine = Engine(run, is_rehearsal=True)
    plans = engine.plan(rows)
    engine.write(plans)
    _move_on(run, rows, tally(run.counts, plans))
    if len(rows) < CHUNK:
        run.state, run.counts = RunState.CHECKED, rooms.without_taken(run.counts)
        _count_along(run)


def _run_chunk(run: ImportRun) -> None:
    rows = queries.rows_after(run.id, run.cursor, CHUNK)
    engine = Engine(run, is_rehearsal=False)
    if run.lap == TELLING:
        _tell_chunk(run, engine.work)
        return
    if run.lap:
        engine.tie(rows)
        _move_on(run, rows, run.counts)
    else:
        plans = engine.plan(rows)
        engine.write(plans)
        _move_on(run, rows, tally(run.counts, plans))
    if len(rows) < CHUNK:
        if engine.has_late and not run.lap:
            run.lap, run.cursor = 1, 0
        elif engine.kind.along is not None:
            run.lap = TELLING
        else:
            _finish(run)


def _tell_chunk(run: ImportRun, work: Work) -> None:
    """Tell the next records what the file brought them."""
    along, after = register.kind(run.kind).along, run.options.get(TOLD)
    last = along.tell(work, UUID(after) if after else None) if along is not None else None
    run.options = {name: value for name, value in run.options.items() if name != TOLD}
    if last is None:
        _finish(run)
    else:
        run.options = run.options | {TOLD: str(last)}


def _move_on(run: ImportRun, rows: list[ImportRow], counts: dict[str, Any]) -> None:
    if rows:
        run.cursor = rows[-1].number
    run.counts = counts
    run.done = min(run.total, run.done + (0 if run.lap else len(rows)))


def _count_along(run: ImportRun) -> None:
    along = register.kind(run.kind).along
    if along is not None:
        run.counts = run.counts | along.counts(run)


def _finish(run: ImportRun) -> None:
    _count_along(run)
    run.state, run.finished_at = RunState.DONE, clock.now()
    by, _who = actor(run, register.kind(run.kind).create)
    facts = {"name": run.name, "kind": run.kind, "counts": run.counts}
    events.record(FINISHED, run, by=by, changed=facts, batch_id=run.batch_id)
    if isinstance(by, Member):
        url = f"/{scope.workspace().slug}/imports/{run.id}"
        notices.tell(by, "import.done", f"import.done:{run.id}", url, name=run.name)


@notices.sentence(
    "import.done", "upload", _l("An import of yours is in"), notices.Topic.FILES, right=Permission.TRANSFER_IMPORT
)
def _is_done(name: str) -> str:
    return _("%(name)s is in. Look what became of each row.", name=name)


def _stop(run: ImportRun, sentence: str) -> None:
    """End work that can't go on; what was brought in by then stays, and can be undone."""
    run.reason = sentence
    if run.state in {RunState.RUNNING, RunState.UNDOING}:
        run.state, run.finished_at = RunState.DONE, run.finished_at or clock.now()
    elif run.state is RunState.CHECKING:
        run.state = RunState.OPEN
    else:
        run.state = RunState.FAILED
