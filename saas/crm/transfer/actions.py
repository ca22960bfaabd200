"""What can be done with an import: bring a file, settle its columns and names, check it, bring it in, leave it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import IO, Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, insert
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock, files, sheets
from saas.crm.transfer import columns, likeness, queries, register, undo_actions, values
from saas.crm.transfer.engine import CHUNK, Engine, actor, known_columns, tally
from saas.crm.transfer.kind import EMPTY, NEW, Field, Kind, Match, Work
from saas.crm.transfer.models import UNDO_FOR, ImportMemory, ImportRow, ImportRun, RunState
from saas.crm.transfer.values import Reading
from saas.db import current_tenant, db, new_id
from saas.errors import Conflict, Forbidden, Refused
from saas.search import fold
from saas.tenants import events, notices, scope
from saas.tenants.actions import attachments
from saas.tenants.models import File, Member, UndoRow
from saas.tenants.scope import Actor

JOB = "crm.proceed_import"
AT_ONCE = 5000  # rows read while a person waits
NAMES = 500  # unknown names of one column that are offered one by one
STARTED, FINISHED = "import.started", "import.finished"
AUTOMATIC = ("order", "decimal")  # options that are recognised unless somebody says otherwise
CHOSEN = ("update_by", "owner")


class NotNow(Conflict):
    """The import is at another step."""


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
    stored = files.put(current_tenant(), source, name, largest=sheets.LARGEST)
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
        files.drop(current_tenant(), stored.sha256)
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
        run.header = head.header
        run.head = {"sheet": head.sheet, "encoding": head.encoding, "delimiter": head.delimiter, "kind": head.kind}
        for batch in sheet.batches:
            rows = [{"run_id": run.id, "number": row.number, "cells": row.cells} for row in batch]
            db.session.execute(insert(ImportRow), rows)
            run.cursor = batch[-1].number
            run.total += len(batch)
            db.session.flush()
            yield
    if not run.total:
        raise Refused(_("This file names columns, but has no rows below them."))
    run.state = RunState.OPEN
    guess_columns(run)


def guess_columns(run: ImportRun) -> None:
    """Say which field each column holds, as far as its name tells, and how its dates and numbers are written."""
    kind = register.kind(run.kind)
    run.columns = columns.guess(run.header, known_columns(kind), queries.memory(run.kind, "column"))
    _recognise_writing(run)


def _recognise_writing(run: ImportRun) -> None:
    kind = register.kind(run.kind)
    dates: list[str] = []
    numbers: list[str] = []
    for place, key in enumerate(run.columns):
        read = kind.field(key).read if key else None
        if read in {values.day, values.moment}:
            dates += queries.cells_of(run.id, place)
        elif read in {values.money, values.number}:
            numbers += queries.cells_of(run.id, place)
    order, is_sure = values.order_of(dates)
    chosen = {name: value for name, value in run.options.items() if name in CHOSEN}
    run.options = {"order": order, "order_is_sure": is_sure, "decimal": values.decimal_of(numbers)} | chosen


# ── columns and names ───────────────────────────────────────────────────────────────────────────────────────────────


def set_columns(run: ImportRun, chosen: list[str], options: Mapping[str, Any]) -> None:
    """Write down which field each column holds, and how the file is to be read.

    Args:
        run: an import that is not yet under way.
        chosen: for each column a field's key, or "".
        options: order ("mdy", "dmy", "ymd", or "" for as recognised), decimal ("." or "," or ""), update_by (a field's
            key, or "" to leave what is here as it is), owner ("me": new customers without owner are the importer's).

    Raises:
        NotNow: it is under way.
        Refused: a field is chosen twice, or one that must be there is not.
    """
    _must_be(run, RunState.OPEN, RunState.CHECKED)
    kind = register.kind(run.kind)
    given = [key if key in kind.keys else "" for key in chosen] + [""] * (len(run.header) - len(chosen))
    twice = next((key for key in given if key and given.count(key) > 1), None)
    if twice is not None:
        raise Refused(_("%(field)s is chosen for two columns. Keep one.", field=kind.field(twice).label))
    if not any(given):
        raise Refused(_("Choose at least one column."))
    update_by = str(options.get("update_by") or "")
    missing = [f for f in kind.fields if f.required and f.key not in given]
    if missing and not update_by:
        raise Refused(_("No column holds “%(field)s”. Choose the one that does.", field=missing[0].label))
    if update_by and update_by not in given:
        raise Refused(_("Rows can only be found by a column that is brought in. Choose one for “%(field)s”.",
                        field=kind.field(update_by).label))  # fmt: skip
    run.columns = given[: len(run.header)]
    run.options = {k: v for k, v in options.items() if v and k in CHOSEN}
    _recognise_writing(run)
    said = {name: options[name] for name in AUTOMATIC if options.get(name)}
    if said:
        run.options = run.options | said | {"order_is_sure": True}
    run.state, run.counts, run.done, run.cursor = RunState.OPEN, {}, 0, 0
    settle_names(run)
    _remember(run, "column", {columns.plain(name): key for name, key in zip(run.header, run.columns, strict=True)})


def settle_names(run: ImportRun) -> None:
    """List the names that the file uses and the workspace does not know, each with what it probably means."""
    kind = register.kind(run.kind)
    run.matches = {
        field.key: entries
        for place, key in enumerate(run.columns)
        if key and (field := kind.field(key)).match is not None and (entries := _entries(run, field, place))
    }


def _entries(run: ImportRun, field: Field, place: int) -> dict[str, Any]:
    match = field.match
    assert match is not None
    said: dict[str, tuple[str, int]] = {}
    for name, rows in queries.cells_of(run.id, place).items():
        if key := fold(name):
            first, before = said.get(key, (name.strip(), 0))
            said[key] = (first, before + rows)
    found = match.find(list(said))
    if field.late:
        found |= dict.fromkeys(_in_file(run))
    known = match.known()
    remembered = queries.memory(run.kind, field.key)
    entries: dict[str, Any] = {}
    for key, (name, rows) in sorted(said.items(), key=lambda item: (-item[1][1], item[0])):
        if len(entries) < NAMES and (match.confirms_all or key not in found):
            means, is_sure = _meaning(match, name, known, remembered.get(key), found)
            entries[key] = {"said": name, "rows": rows, "means": means, "sure": is_sure}
    return entries


def _in_file(run: ImportRun) -> set[str]:
    """The names that the file itself brings."""
    place = run.columns.index("name") if "name" in run.columns else None
    return {fold(name) for name in queries.cells_of(run.id, place)} if place is not None else set()


def _meaning(
    match: Match, name: str, known: Mapping[str, str], remembered: str | None, found: Mapping[str, Any]
) -> tuple[str, bool]:
    if remembered in {NEW, EMPTY} or remembered in known.values():
        return str(remembered), True
    same = next((token for label, token in known.items() if fold(label) == fold(name)), None)
    if same is not None and fold(name) in found:
        return same, True
    if (guessed := match.guess(name, known)) is not None:
        return guessed
    if (like := likeness.guess(name, known)) is not None:
        return str(like.target), like.is_sure
    return match.fallback, True


def set_names(run: ImportRun, chosen: Mapping[str, Mapping[str, str]], *, by: Actor) -> None:
    """Write down what unknown names mean, and remember it for the next file.

    Args:
        run: an import that is not yet under way.
        chosen: field → {folded name → token, "new" or "empty"}.
        by: who says so.

    Raises:
        NotNow: it is under way.
    """
    _must_be(run, RunState.OPEN, RunState.CHECKED)
    kind = register.kind(run.kind)
    work = Work(run, by, None, Reading(), "", clock.now())
    matches = {}
    for key, entries in run.matches.items():
        field, said = kind.field(key), chosen.get(key, {})
        matches[key] = {
            name: entry | {"means": means, "sure": True} if (means := said.get(name)) is not None else entry
            for name, entry in entries.items()
        }
        _remember(run, key, {name: entry["means"] for name, entry in matches[key].items()})
        for entry in matches[key].values():
            if field.match is not None and entry["means"] not in {NEW, EMPTY, ""}:
                field.match.learn(entry["said"], entry["means"], work)
    run.matches = matches
    run.state, run.counts = RunState.OPEN, {}


def _remember(run: ImportRun, about: str, meanings: Mapping[str, str]) -> None:
    rows = [
        {
            "tenant_id": current_tenant(),
            "id": new_id(),
            "kind": run.kind,
            "about": about,
            "said": said,
            "means": means,
            "created_at": clock.now(),
        }
        for said, means in meanings.items()
        if said
    ]
    if rows:
        statement = upsert(ImportMemory).values(rows)
        key = ["tenant_id", "kind", "about", "said"]
        fresh = {"means": statement.excluded.means}
        db.session.execute(statement.on_conflict_do_update(index_elements=key, set_=fresh))


# ── check and run ───────────────────────────────────────────────────────────────────────────────────────────────────


def check(run: ImportRun) -> None:
    """Have every row rehearsed; nothing is written but what would become of it.

    Raises:
        NotNow: it is under way.
    """
    _must_be(run, RunState.OPEN, RunState.CHECKED)
    _begin(run, RunState.CHECKING)


def bring_in(run: ImportRun) -> None:
    """Have the rows brought in, as checked.

    Raises:
        NotNow: it was not checked, or is under way.
    """
    _must_be(run, RunState.CHECKED)
    run.batch_id = run.batch_id or new_id()
    run.started_at = clock.now()
    _begin(run, RunState.RUNNING)


def undo(run: ImportRun) -> None:
    """Have what the import made taken out and what it changed put back, where nobody has worked with it since.

    Raises:
        NotNow: it is not done, or too long ago.
    """
    if not run.can_be_undone(clock.now()):
        raise NotNow(_("This import can't be undone any more."))
    _begin(run, RunState.UNDOING)


def discard(run: ImportRun) -> None:
    """Leave an import that has changed nothing.

    Raises:
        NotNow: it has.
    """
    _must_be(run, RunState.READING, RunState.OPEN, RunState.CHECKED, RunState.FAILED)
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
    """Have the workers proceed; the command line does so by itself."""
    run.turn += 1
    db.session.flush()
    if run.member_id is None:
        return
    payload = {"run_id": run.id, "phase": run.state}
    events.deliver(JOB, key=f"{run.id}:{run.turn}", due_at=clock.now(), payload=payload)


def _check_chunk(run: ImportRun) -> None:
    rows = queries.rows_after(run.id, run.cursor, CHUNK)
    engine = Engine(run, is_rehearsal=True)
    plans = engine.plan(rows)
    engine.write(plans)
    _move_on(run, rows, tally(run.counts, plans))
    if len(rows) < CHUNK:
        run.state = RunState.CHECKED


def _run_chunk(run: ImportRun) -> None:
    rows = queries.rows_after(run.id, run.cursor, CHUNK)
    engine = Engine(run, is_rehearsal=False)
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
        else:
            _finish(run)


def _move_on(run: ImportRun, rows: list[ImportRow], counts: dict[str, Any]) -> None:
    if rows:
        run.cursor = rows[-1].number
    run.counts = counts
    run.done = min(run.total, run.done + (0 if run.lap else len(rows)))


def _finish(run: ImportRun) -> None:
    run.state, run.finished_at = RunState.DONE, clock.now()
    by, _who = actor(run, register.kind(run.kind).create)
    facts = {"name": run.name, "kind": run.kind, "counts": run.counts}
    events.record(FINISHED, run, by=by, changed=facts, batch_id=run.batch_id)
    if isinstance(by, Member):
        url = f"/{scope.workspace().slug}/imports/{run.id}"
        notices.tell(by, "import.done", f"import.done:{run.id}", url, name=run.name)


@notices.sentence("import.done", "upload")
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


def _must_be(run: ImportRun, *states: RunState) -> None:
    if run.state not in states:
        raise NotNow(_("This import has gone on meanwhile. Load it again to see where it stands."))
