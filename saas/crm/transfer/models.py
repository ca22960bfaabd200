"""Imports with their rows, what was learnt from them, and files that were made to be taken away."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from saas.db import TenantModel, Versioned, index, link, linked, unique
from saas.tenants import brought
from saas.tenants.models import File, Member

UNDO_FOR = brought.KEPT_FOR  # an import can be undone, its rows are kept
KEPT, HELD = "kept", "held"  # counts of what an undo left, and of what of it stays only until nothing stands on it
ALIKE = "alike"  # count of new rows that look like a record which is here
EXPORT_FOR = timedelta(days=7)  # a file can be taken away


class RunState(StrEnum):
    """Where an import stands. `AT_WORK` are in the workers' hands, the others wait for a person or are over."""

    READING = "reading"
    OPEN = "open"  # its columns and names are being settled
    CHECKING = "checking"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"  # the file could not be read


AT_WORK = {RunState.READING, RunState.CHECKING, RunState.RUNNING, RunState.UNDOING}
STATE_WORDS = {
    RunState.READING: _l("Being read"),
    RunState.OPEN: _l("To be settled"),
    RunState.CHECKING: _l("Being checked"),
    RunState.CHECKED: _l("Checked"),
    RunState.RUNNING: _l("Being brought in"),
    RunState.DONE: _l("Done"),
    RunState.UNDOING: _l("Being undone"),
    RunState.UNDONE: _l("Undone"),
    RunState.FAILED: _l("Not readable"),
}
STATE_LOOKS = {
    RunState.OPEN: "waiting",
    RunState.CHECKED: "waiting",
    RunState.RUNNING: "sea",
    RunState.DONE: "good",
    RunState.FAILED: "wrong",
}


class RowState(StrEnum):
    """What becomes of a row, or has."""

    WAITING = "waiting"
    NEW = "new"
    UPDATED = "updated"
    SKIPPED = "skipped"
    REFUSED = "refused"


ROW_WORDS = {
    RowState.NEW: _l("New"),
    RowState.UPDATED: _l("Updated"),
    RowState.SKIPPED: _l("Skipped"),
    RowState.REFUSED: _l("Refused"),
}


class ImportRun(Versioned, TenantModel):
    """One file on its way in, from upload to undo."""

    __tablename__ = "import_run"
    __table_args__ = (index("created_at", "id", name="ix_import_run_by_created"),)

    kind: Mapped[str]  # accounts, contacts, …
    name: Mapped[str]  # of the file, as the person called it
    file_id: Mapped[UUID | None] = link("file", index=True)  # None once it is no longer kept
    member_id: Mapped[UUID | None] = link("member", index=True)  # who brought it; None: the command line
    state: Mapped[RunState] = mapped_column(default=RunState.READING)
    head: Mapped[dict[str, Any]] = mapped_column(default=dict)  # kind, sheet, encoding, delimiter, rows if known
    header: Mapped[list[Any]] = mapped_column(default=list)
    columns: Mapped[list[Any]] = mapped_column(default=list)  # for each of `header` a field's key, or ""
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)  # order, decimal, update_by, owner, full
    matches: Mapped[dict[str, Any]] = mapped_column(default=dict)  # field → {folded name: what it means}
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # state of rows, KEPT, HELD, … → how many
    total: Mapped[int] = mapped_column(default=0)  # rows
    done: Mapped[int] = mapped_column(default=0)  # rows that the present state is through with
    cursor: Mapped[int] = mapped_column(default=0)  # number of the last of them
    lap: Mapped[int] = mapped_column(default=0)  # when all are in: 1 while rows are tied, 2 while others are told
    turn: Mapped[int] = mapped_column(default=0)  # how often work was asked for
    batch_id: Mapped[UUID | None]  # of its events and before-images
    reason: Mapped[str | None]  # why it failed, or why the last thing asked of it stopped
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]

    file: Mapped[File | None] = linked("file_id")
    member: Mapped[Member | None] = linked("member_id")

    def can_be_undone(self, now: datetime) -> bool:
        """True while its before-images are kept, and something is left that may be taken back."""
        if self.finished_at is None or now - self.finished_at >= UNDO_FOR:
            return False
        if self.state is RunState.DONE and KEPT not in self.counts:
            return True
        waiting = self.counts.get(HELD, self.counts.get(KEPT, 0))  # of an undo of old only the sum is known
        return self.state in {RunState.DONE, RunState.UNDONE} and waiting > 0


class ImportRow(TenantModel):
    """One row of a file, as it was read, and what became of it."""

    __tablename__ = "import_row"
    __table_args__ = (
        unique("run_id", "number"),
        index("run_id", "state", "number", name="ix_import_row_by_state"),
        index("run_id", "key", "number", where="key is not null", name="ix_import_row_by_key"),
    )

    run_id: Mapped[UUID] = link("import_run", ondelete="CASCADE")
    number: Mapped[int]  # as a spreadsheet program shows it
    cells: Mapped[list[Any]]
    state: Mapped[RowState] = mapped_column(default=RowState.WAITING)
    key: Mapped[str | None]  # what makes it this row and no other: "ref:1C1I7A6R"
    subject_id: Mapped[UUID | None]  # the record it became or was found to be
    reason: Mapped[dict[str, Any] | None]  # {"why": …, facts}: why refused or skipped


class ImportMemory(TenantModel):
    """What was settled in an earlier import: a column's field, a name's meaning."""

    __tablename__ = "import_memory"
    __table_args__ = (unique("kind", "about", "said"),)

    kind: Mapped[str]
    about: Mapped[str]  # "column", or the key of a field
    said: Mapped[str]  # folded, as the file says it
    means: Mapped[str]  # a field's key; "new", "empty", or an id


class ExportState(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    GONE = "gone"  # kept long enough


class Export(TenantModel):
    """A file made by a worker for one member to take away."""

    __tablename__ = "export"
    __table_args__ = (index("created_at", "id", name="ix_export_by_created"),)

    kind: Mapped[str]  # "workspace", or a kind of records
    format: Mapped[str]  # zip, csv, xlsx
    asked: Mapped[dict[str, Any]] = mapped_column(default=dict)  # the list's filters
    member_id: Mapped[UUID | None] = link("member", index=True)
    state: Mapped[ExportState] = mapped_column(default=ExportState.WAITING)
    done: Mapped[int] = mapped_column(default=0)  # rows and files so far
    total: Mapped[int] = mapped_column(default=0)
    file_id: Mapped[UUID | None] = link("file", index=True)
    ready_at: Mapped[datetime | None]

    file: Mapped[File | None] = linked("file_id")
    member: Mapped[Member | None] = linked("member_id")
