"""What an undo meets: what is still to be taken back, and why a record must stay for now or for good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, select

from saas.crm.transfer import register
from saas.crm.transfer.kind import Kind
from saas.crm.transfer.models import ImportRow, ImportRun
from saas.db import Base, current_tenant, db
from saas.tenants.events import EventName
from saas.tenants.models import Event, File, PortalUser, UndoRow

FILED = {EventName.FILE_ADDED, EventName.FILE_REMOVED, EventName.FILE_PUT_BACK}  # the files themselves are looked at
AT_ONCE = 500  # records that are looked at together

# record → {"why": "changed"}, {"why": "lost"} or {"why": "used", "by": {table: how many rows}}
Reasons = dict[UUID, dict[str, Any]]


@dataclass(frozen=True)
class Left:
    """One record that an undo left: its row of the file (None: it was made for a name), and why it stays now."""

    table: str
    record: Any
    row: ImportRow | None
    reason: Mapping[str, Any] | None  # None: nothing holds it any more


def model_of(table: str) -> Any:
    """The class of a table."""
    return next(m.class_ for m in Base.registry.mappers if m.class_.__tablename__ == table)


def open_rows(batch_id: UUID, before: UUID | None, many: int) -> list[UndoRow]:
    """Before-images that are not yet put back, from the last to the first, those older than `before`."""
    statement = _open(batch_id)
    if before is not None:
        statement = statement.where(UndoRow.id < before)
    return list(db.session.scalars(statement.order_by(UndoRow.id.desc()).limit(many)))


def count_open(batch_id: UUID) -> tuple[Counter[str], Counter[str]]:
    """What an undo would take up: how many records the import made, and how many it changed, by table."""
    is_made = UndoRow.before.is_(None)
    mine = _open(batch_id).with_only_columns(UndoRow.subject_kind, is_made, func.count())
    made, changed = Counter[str](), Counter[str]()
    for table, was_made, count in db.session.execute(mine.group_by(UndoRow.subject_kind, is_made)):
        (made if was_made else changed)[table] = count
    return made, changed


def is_whole(batch_id: UUID) -> bool:
    """True while nothing of an import has been taken back."""
    back = select(UndoRow.id).where(UndoRow.batch_id == batch_id, UndoRow.undone_at.is_not(None)).limit(1)
    return db.session.scalar(back) is None


def built_upon(run: ImportRun, held: Sequence[Left]) -> list[ImportRun]:
    """The imports that brought what stands on these records of another one, the newest first: they are undone first."""
    batches: set[UUID] = set()
    for table in {one.table for one in held}:
        mine = [one for one in held if one.table == table and one.reason and one.reason["why"] == "used"]
        tables = {name for one in mine if one.reason for name in one.reason["by"]}
        for other, column in _links_to(table):
            if mine and other.name in tables:
                standing = select(other.c.id).where(
                    other.c.tenant_id == current_tenant(), column.in_([one.record.id for one in mine])
                )
                brought = select(UndoRow.batch_id).where(
                    UndoRow.subject_kind == other.name, UndoRow.subject_id.in_(standing), UndoRow.undone_at.is_(None)
                )
                batches |= set(db.session.scalars(brought.distinct()))
    others = select(ImportRun).where(ImportRun.batch_id.in_(batches - {run.batch_id}))
    return list(db.session.scalars(others.order_by(ImportRun.finished_at.desc()))) if batches else []


def left(run: ImportRun, limit: int | None = None) -> Iterator[Left]:
    """What an undo left of an import, in the order in which it came in, and what holds each record at this moment."""
    after, seen = UUID(int=0), 0
    while run.batch_id is not None:
        many = AT_ONCE if limit is None else min(AT_ONCE, limit - seen)
        following = _open(run.batch_id).where(UndoRow.id > after).order_by(UndoRow.id).limit(many)
        rows = list(db.session.scalars(following)) if many else []
        if not rows:
            return
        yield from _look_at(run, rows)
        after, seen = rows[-1].id, seen + len(rows)


def reasons(run: ImportRun, table: str, rows: Sequence[UndoRow], records: Mapping[UUID, Any]) -> Reasons:
    """Why records of one table stay as they are; those that may be taken back are absent.

    Args:
        run: the import.
        table: of the records.
        rows: before-images of the import.
        records: by id, those of them that are still here.
    """
    here = [row for row in rows if row.subject_id in records]
    touched = _worked_on(run, table, [row.subject_id for row in here])
    found: Reasons = {}
    made = []
    along = register.kind(run.kind).along
    if along is not None and along.model.__tablename__ == table:
        found |= along.held(run, [row for row in here if row.before is not None])
    for row in here:
        if row.subject_id in touched or getattr(records[row.subject_id], "version", row.version) != row.version:
            found[row.subject_id] = {"why": "changed"}
        elif row.before is None:
            made.append(row.subject_id)
    for one in _lost([row for row in here if row.before is not None and row.subject_id not in found], table):
        found[one] = {"why": "lost"}
    for one, counts in _standing_on(table, made).items():
        found[one] = {"why": "used", "by": dict(counts)}
    return found


def links_within(batch_id: UUID, table: str, column: str) -> dict[UUID, UUID]:
    """Which records that an import made, and that are still here, name one another: record → the one it names."""
    model = model_of(table)
    mine = _open(batch_id).where(UndoRow.subject_kind == table, UndoRow.before.is_(None)).subquery()
    named = getattr(model, column)
    statement = select(model.id, named).where(
        model.id.in_(select(mine.c.subject_id)), named.in_(select(mine.c.subject_id))
    )
    return dict(db.session.execute(statement).all())


def _open(batch_id: UUID) -> Any:
    return select(UndoRow).where(UndoRow.batch_id == batch_id, UndoRow.undone_at.is_(None))


def _look_at(run: ImportRun, rows: Sequence[UndoRow]) -> Iterator[Left]:
    tables = {table: [row for row in rows if row.subject_kind == table] for table in {r.subject_kind for r in rows}}
    records: dict[UUID, Any] = {}
    held: Reasons = {}
    for table, mine in tables.items():
        model = model_of(table)
        wanted = select(model).where(model.id.in_([row.subject_id for row in mine]))
        here = {record.id: record for record in db.session.scalars(wanted).unique()}
        records |= here
        held |= reasons(run, table, mine, here)
    wanted = select(ImportRow).where(ImportRow.run_id == run.id, ImportRow.subject_id.in_(list(records)))
    of_file = {row.subject_id: row for row in db.session.scalars(wanted)}
    for row in rows:
        if (record := records.get(row.subject_id)) is not None:
            yield Left(row.subject_kind, record, of_file.get(row.subject_id), held.get(row.subject_id))


def _worked_on(run: ImportRun, table: str, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the records to which somebody has done something since the import.

    What follows from things that stand on a record is nobody's work on the record itself: it goes when they go.
    """
    kind = register.kind_of(table)
    statement = select(Event.subject_id).where(
        Event.subject_kind == table,
        Event.subject_id.in_(ids),
        Event.created_at > run.started_at,
        Event.batch_id.is_distinct_from(run.batch_id),
        Event.name.not_in(FILED | (kind.consequences if kind is not None else frozenset())),
    )
    return set(db.session.scalars(statement))


def _lost(rows: Sequence[UndoRow], table: str) -> set[UUID]:
    """Those of the changed records that named something before which is no more, as when what brought it was undone."""
    found: set[UUID] = set()
    for key in Base.metadata.tables[table].foreign_key_constraints:
        column = next((c.name for c in key.columns if c.name != "tenant_id"), None)
        named = {row.subject_id: UUID(was) for row in rows if column and (was := (row.before or {}).get(column))}
        if named:
            other = model_of(key.referred_table.name)
            here = set(db.session.scalars(select(other.id).where(other.id.in_(set(named.values())))))
            found |= {record for record, was in named.items() if was not in here}
    return found


def _standing_on(table: str, ids: Sequence[UUID]) -> dict[UUID, Counter[str]]:
    """What hangs on records: record → table → how many rows. Rows that go with their record don't count."""
    found: dict[UUID, Counter[str]] = {}
    if not ids:
        return found
    for source, statement in _naming(table, ids):
        for one, count in db.session.execute(statement):
            found.setdefault(one, Counter())[source] += count
    return found


def _naming(table: str, ids: Sequence[UUID]) -> Iterator[tuple[str, Any]]:
    for other, column in _links_to(table):
        mine = (other.c.tenant_id == current_tenant()) & column.in_(ids)
        yield other.name, select(column, func.count()).where(mine).group_by(column)
    files = (File.subject_kind == table, File.subject_id.in_(ids), File.removed_at.is_(None))
    yield "file", select(File.subject_id, func.count()).where(*files).group_by(File.subject_id)
    people = PortalUser.subject_id.in_(ids)
    yield "portal_user", select(PortalUser.subject_id, func.count()).where(people).group_by(PortalUser.subject_id)


def _links_to(table: str) -> Iterator[tuple[Table, Any]]:
    """Tables whose rows stand on records of this one, with the column that names them; not those that go with them."""
    kind = register.kind_of(table)
    parts = {part.__tablename__ for part, _column in kind.parts} if kind is not None else set()
    for other in Base.metadata.sorted_tables:
        if other.name in parts or "tenant_id" not in other.c:
            continue
        for key in other.foreign_key_constraints:
            if key.referred_table.name == table and key.ondelete != "CASCADE":
                yield other, next(c for c in key.columns if c.name != "tenant_id")


def self_links(kind: Kind) -> Iterator[str]:
    """The columns in which records of a kind name others of their kind."""
    for key in kind.model.__table__.foreign_key_constraints:
        if key.referred_table is kind.model.__table__:
            yield next(c.name for c in key.columns if c.name != "tenant_id")
