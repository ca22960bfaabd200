"""Data goes out: a list as CSV or XLSX within the reader's reach, and a whole workspace as a ZIP with checksums."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Table, select
from werkzeug.datastructures import MultiDict

from saas import clock, files, sheets
from saas.crm.transfer import queries, register
from saas.crm.transfer.kind import Kind
from saas.crm.transfer.models import EXPORT_FOR, Export, ExportState
from saas.db import current_tenant, db, new_id
from saas.errors import NotFound, Refused
from saas.found import known
from saas.tenants import events, notices, scope
from saas.tenants import queries as tenants
from saas.tenants.actions import attachments, trail
from saas.tenants.events import EventName
from saas.tenants.models import Delivery, File, Member, MemberStatus, Tenant
from saas.tenants.permissions import Permission
from saas.tenants.readers import reading_as
from saas.tenants.scope import Actor

JOB = "crm.make_export"
WORKSPACE = "workspace"
LISTED = "list.exported"
AT_ONCE = 5000  # rows of a list that are written while its reader waits
PAGE = 1000
LARGEST = 20 * 1024**3  # bytes of a whole workspace
FORMATS = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

# What is made from other rows (search, twins, terms), what is of a moment only, what files of an export are kept as.
LEFT_OUT = {"search_entry", "twin_key", "custom_term", "once", "delivery", "export"}
SECRET = {
    "kept",
    "fingerprint",
    "password_sealed",
    "given_sealed",
    "password_hash",
    "secret_hash",
    "hmac",
    "mac",
    "lease",
}


# ── lists ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def count(kind: Kind, asked: Mapping[str, str]) -> int:
    """How many rows of the reader's list there are to take away, counted up to 10,001."""
    listing, where, _endpoint = _listing(kind)
    found: int = listing.count(MultiDict(asked), *where)
    return found


def write_list(
    kind: Kind,
    form: str,
    asked: Mapping[str, str],
    file: IO[bytes],
    *,
    by: Actor,
    chosen: Collection[UUID] | None = None,
) -> int:
    """Write the reader's list, filtered as the address says, into `file`; returns how many rows.

    Args:
        kind: what its rows are.
        form: "csv" or "xlsx".
        asked: the filters, as in the address of the list.
        file: open for writing, and seekable.
        by: who takes them away.
        chosen: the rows of it that are meant; all of them when left out.
    """
    listing, where, _endpoint = _listing(kind)
    picked = () if chosen is None else (kind.model.id.in_(chosen),)
    ids = listing.ids(MultiDict(asked), *where, *picked)
    shown = [f for f in kind.fields if scope.who().sees(f"{kind.model.__tablename__}.{f.key}")]
    kept = kind.confidential if scope.may(Permission.SEALED_VIEW) else ()
    shown += kept
    header = [str(f.label) for f in shown]
    counted = _Counted(_cells(kind, shown, kind.model.id.in_(ids)))
    if form == "xlsx":
        sheets.write_xlsx(file, header, counted, title=str(kind.label))
    else:
        file.writelines(sheets.csv_lines(header, counted))
    changed = {"kind": kind.key, "format": form, "rows": counted.many, "filters": dict(asked)}
    if chosen is not None:
        changed["chosen"] = len(chosen)
    if kept:
        changed["confidential"] = [f.key for f in kept]
    events.record(LISTED, scope.workspace(), by=by, changed=changed)
    return counted.many


def _listing(kind: Kind) -> Any:
    return known(kind.listing())


def _cells(kind: Kind, fields: Iterable[Any], *where: Any) -> Iterator[list[Any]]:
    shown = list(fields)
    after: UUID | None = None
    while True:
        statement = kind.rows().where(*where).order_by(kind.model.id).limit(PAGE)
        if after is not None:
            statement = statement.where(kind.model.id > after)
        records = list(db.session.scalars(statement).unique())
        kind.ready(records)
        yield from (kind.cells(record, shown) for record in records)
        if len(records) < PAGE:
            return
        after = records[-1].id


class _Counted:
    """Rows that are counted as they pass."""

    def __init__(self, rows: Iterable[list[Any]]) -> None:
        self._rows, self.many = rows, 0

    def __iter__(self) -> Iterator[list[Any]]:
        for row in self._rows:
            self.many += 1
            yield row


# ── files that a worker makes ───────────────────────────────────────────────────────────────────────────────────────


def ask(kind: str, form: str, asked: Mapping[str, str], *, by: Member) -> Export:
    """Have a worker make a file for `by`: a long list, or the whole workspace.

    Raises:
        Refused: he waits for one of this kind already.
    """
    waiting = [e for e in queries.exports(kind) if e.state is ExportState.WAITING and e.member_id == by.id]
    if any(e.format == form and e.asked == dict(asked) for e in waiting):
        raise Refused(_("This file is being made already. The bell tells you when it is ready."))
    export = Export(id=new_id(), kind=kind, format=form, asked=dict(asked), member_id=by.id)
    export.total = _parts() if kind == WORKSPACE else 0  # how many rows a list has is known when it is written
    db.session.add(export)
    db.session.flush()
    events.deliver(JOB, key=str(export.id), due_at=clock.now(), payload={"export_id": export.id})
    return export


def stopped(export: Export) -> Delivery | None:
    """The work at this file, if it was given up."""
    return tenants.stopped_delivery(JOB, str(export.id))


def try_again(export: Export, *, by: Member) -> None:
    """Have a file made whose making was given up; one that is under way or ready stays as it is."""
    if (delivery := stopped(export)) is not None:
        trail.retry(delivery.id, by=by)
        export.done = 0


def make(export_id: UUID) -> Iterator[None]:
    """Make a file that was asked for, as its asker may see it now; the caller commits at each yield."""
    export = queries.export(export_id)
    member = export.member
    if export.state is not ExportState.WAITING or member is None:
        return
    right = Permission.WORKSPACE_EXPORT if export.kind == WORKSPACE else Permission.TRANSFER_EXPORT
    if member.status is not MemberStatus.ACTIVE or not tenants.who_is(member).may(right):
        export.state = ExportState.GONE
        return
    with reading_as(member), tempfile.TemporaryDirectory(prefix="seaport-") as folder:
        path = Path(folder) / "export"
        if export.kind == WORKSPACE:
            yield from write_workspace(path, by=member, export=export)
            name = file_name(scope.workspace())
        else:
            kind = register.kind(export.kind)
            with path.open("w+b") as file:
                export.done = export.total = write_list(kind, export.format, export.asked, file, by=member)
            name = f"{kind.key}-{clock.now():%Y-%m-%d}.{export.format}"
        yield
        _store(queries.export(export_id), path, name, member)


def _store(export: Export, path: Path, name: str, member: Member) -> None:
    with path.open("rb") as source:
        stored = files.put(current_tenant(), source, name, largest=LARGEST)
    file = File(
        id=new_id(),
        subject_kind=Export.__tablename__,
        subject_id=export.id,
        name=stored.name,
        size=stored.size,
        sha256=stored.sha256,
        media_type=stored.media_type,
        member_id=member.id,
    )
    db.session.add(file)
    db.session.flush()
    export.file_id, export.state, export.ready_at = file.id, ExportState.READY, clock.now()
    url = f"/{scope.workspace().slug}/exports/"
    notices.tell(member, "export.ready", str(export.id), url, name=stored.name)


def forget_old() -> int:
    """Take away files whose days are over; returns how many."""
    old = [e for e in queries.exports(limit=1000) if e.ready_at and clock.now() - e.ready_at > EXPORT_FOR and e.file]
    for export in old:
        file = export.file
        export.state, export.file_id = ExportState.GONE, None
        db.session.flush()
        if file is not None:
            attachments.forget(file)
    return len(old)


@notices.sentence(
    "export.ready",
    "download",
    _l("A file you asked for is ready"),
    notices.Topic.FILES,
    right=Permission.TRANSFER_EXPORT,
)
def _ready(name: str) -> str:
    return _("%(name)s is ready. You can download it for seven days.", name=name)


# ── a whole workspace ───────────────────────────────────────────────────────────────────────────────────────────────

READ_ME = _l(
    "records/ holds what you work with, one CSV a kind; each can be imported again.\n"
    "tables/ holds every row of your workspace as it is kept, history included.\n"
    "files/ holds what was attached; tables/file.csv says to what.\n"
    "manifest.json names each file with its size and its SHA-256.\n"
)


def file_name(tenant: Tenant) -> str:
    """What the export of a workspace is called."""
    return f"{tenant.slug}-{clock.now():%Y-%m-%d}.zip"


def write_workspace(path: Path, *, by: Actor, export: Export | None = None) -> Iterator[None]:
    """Write everything of the workspace in scope into a ZIP at `path`; at each yield it may be committed.

    Rows written while this runs may be in it or not: it does not hold the workspace still.
    """
    tenant = scope.workspace()
    sees_all = not isinstance(by, Member) or tenants.who_is(by).may(Permission.SEALED_VIEW)
    manifest: dict[str, Any] = {"workspace": tenant.slug, "name": tenant.name, "made_at": clock.now().isoformat()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        box = _Box(archive)
        box.add("README.txt", [str(READ_ME).encode()])
        for kind in register.kinds().values():
            fields = [*kind.fields, *(kind.confidential if sees_all else ())]
            header = [str(f.label) for f in fields]
            box.add(f"records/{kind.key}.csv", sheets.csv_lines(header, _cells(kind, fields)))
            _note(export, box)
            yield
        for table in _tables():
            yield from box.add_slowly(f"tables/{table.name}.csv", _table_lines(table))
            _note(export, box)
            yield
        for file_id, name, sha256 in _stored_files():
            with _opened(sha256) as source:
                yield from box.add_slowly(f"files/{file_id}/{name}", source)
            _note(export, box)
            yield
        manifest["files"] = box.parts
        archive.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))
    events.record(EventName.WORKSPACE_EXPORTED, scope.workspace(), by=by, changed={"files": len(box.parts)})


def _parts() -> int:
    """How many files the ZIP of the workspace in scope would hold just now, the manifest left out."""
    return 1 + len(register.kinds()) + len(_tables()) + len(_stored_files())


def _note(export: Export | None, box: _Box) -> None:
    if export is not None:
        export.done = len(box.parts)


def _tables() -> list[Table]:
    found = [t for t in db.Model.metadata.sorted_tables if t.info.get("realm") == "tenant" and "tenant_id" in t.c]
    return [t for t in found if t.name not in LEFT_OUT]


def _table_lines(table: Table) -> Iterator[bytes]:
    columns = [c for c in table.columns if c.name not in SECRET and c.name != "tenant_id"]
    return sheets.csv_lines([c.name for c in columns], _table_rows(table, columns))


def _table_rows(table: Table, columns: list[Any]) -> Iterator[list[Any]]:
    after: UUID | None = None
    while True:
        mine = table.c.tenant_id == current_tenant()
        where = mine if after is None else mine & (table.c.id > after)
        statement = select(table.c.id.label("row_id"), *columns).where(where).order_by(table.c.id).limit(PAGE)
        rows = list(db.session.execute(statement))
        yield from ([_flat(value) for value in row[1:]] for row in rows)
        if len(rows) < PAGE:
            return
        after = rows[-1].row_id


def _flat(value: Any) -> Any:
    found = events.plain(value)
    return json.dumps(found, ensure_ascii=False) if isinstance(found, dict | list) else found


def _stored_files() -> list[tuple[UUID, str, str]]:
    attached = (File.subject_kind != Export.__tablename__, File.removed_at.is_(None))
    statement = select(File.id, File.name, File.sha256).where(*attached)
    return [(key, name, sha256) for key, name, sha256 in db.session.execute(statement.order_by(File.id))]


@contextmanager
def _opened(sha256: str) -> Iterator[Iterator[bytes]]:
    """The bytes of a file, piece by piece; none where they are lost, which the manifest shows by its size."""
    try:
        path = files.path_of(current_tenant(), sha256)
    except NotFound:
        yield iter(())
        return
    with path.open("rb") as file:
        yield iter(lambda: file.read(1 << 20), b"")


class _Box:
    """A ZIP that notes what it holds."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.parts: list[dict[str, Any]] = []

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write one file."""
        for _piece in self.add_slowly(name, pieces):
            pass

    def add_slowly(self, name: str, pieces: Iterable[bytes]) -> Iterator[None]:
        """Write one file, and pause after each piece."""
        digest, size = hashlib.sha256(), 0
        with self._archive.open(name, "w", force_zip64=True) as out:
            for piece in pieces:
                out.write(piece)
                digest.update(piece)
                size += len(piece)
                yield
        self.parts.append({"name": name, "size": size, "sha256": digest.hexdigest()})
