"""An import from file to result, as the command line does it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from saas.crm.transfer import actions, column_actions, export_actions, queries, register
from saas.crm.transfer.models import Export, ImportRun
from saas.db import db
from saas.tenants.models import Member
from saas.tenants.scope import SYSTEM, Actor

Confirm = Callable[[ImportRun], Mapping[str, Mapping[str, str]]]


def bring(
    kind: str, source: Path | str, confirm: Confirm | None = None, *, by: Actor = SYSTEM, **options: Any
) -> ImportRun:
    """Bring in a file (a path, or the text of a CSV), with the columns as guessed; returns the import as it ended."""
    run = opened(kind, source, by=by)
    column_actions.set_columns(run, list(run.columns), options)
    column_actions.set_names(run, confirm(run) if confirm else {}, by=by)
    actions.check(run)
    run = work_off(run.id)
    actions.bring_in(run)
    return work_off(run.id)


def opened(kind: str, source: Path | str, *, by: Actor = SYSTEM) -> ImportRun:
    """An import whose file was read."""
    name = source.name if isinstance(source, Path) else "list.csv"
    content = source.read_bytes() if isinstance(source, Path) else source.encode()
    run = actions.start(register.kind(kind), io.BytesIO(content), name, by=by)
    return work_off(run.id)


def work_off(run_id: UUID) -> ImportRun:
    """What workers do with an import in its present phase."""
    db.session.commit()
    for _chunk in actions.proceed(run_id, queries.run(run_id).state):
        db.session.commit()
    db.session.commit()
    return queries.run(run_id)


# ── examples for the walk over every rule ───────────────────────────────────────────────────────────────────────────

LIST = "Name,City\nElbe Systems,Kiel\n"


def upload() -> tuple[io.BytesIO, str]:
    """A file as a browser sends it."""
    return io.BytesIO(LIST.encode()), "list.csv"


def run_at(phase: str, by: Actor) -> ImportRun:
    """An import that is open, checked or done."""
    if phase == "done":
        return bring("accounts", LIST, by=by)
    run = opened("accounts", LIST, by=by)
    if phase == "checked":
        column_actions.set_columns(run, list(run.columns), {})
        actions.check(run)
        run = work_off(run.id)
    return run


def export(by: Member) -> Export:
    """A whole workspace, ready to be taken away."""
    made = export_actions.ask(export_actions.WORKSPACE, "zip", {}, by=by)
    db.session.commit()
    for _part in export_actions.make(made.id):
        db.session.commit()
    db.session.commit()
    return queries.export(made.id)
