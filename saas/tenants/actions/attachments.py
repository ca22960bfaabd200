"""Files on records: attached, shown to those who may see the record, taken off."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import joinedload

from saas import clock, files, uploads
from saas.db import current_tenant, db, new_id
from saas.errors import NotFound, Refused
from saas.tenants import events
from saas.tenants.events import EventName
from saas.tenants.models import Counter, File, Member, PortalUser
from saas.tenants.scope import Actor

LARGEST_PICTURE = 10 * 1024**2  # bytes
QUOTA = 10 * 1024**3  # bytes of one workspace
USED = "file.bytes"

# Kind of record → may the reader of this page see the record? Each capability says it for its own.
_readers: dict[str, Callable[[UUID], bool]] = {}


def readable(subject_kind: str, may_see: Callable[[UUID], bool]) -> None:
    """Let files on records of this kind be read by whoever `may_see` (the record's id) says; said at import."""
    _readers[subject_kind] = may_see


class QuotaReached(Refused):
    """The workspace's files take all the room it has."""

    field = "file"


def attach(subject: Any, source: IO[bytes], name: str, *, by: Actor, is_public: bool = False) -> File:
    """Put a file on a record.

    Args:
        subject: the record.
        source: what was uploaded.
        name: as the person called it.
        by: who did.
        is_public: those who see the record in a portal see the file there too.

    Raises:
        Refused: the file is empty, too large, harmful, or of a kind that isn't taken.
        QuotaReached: the workspace has no room left.
    """
    stored = uploads.take(current_tenant(), source, name)
    _take_room(stored.size)
    file = File(
        subject_kind=subject.__tablename__,
        subject_id=subject.id,
        name=stored.name,
        size=stored.size,
        sha256=stored.sha256,
        media_type=stored.media_type,
        member_id=by.id if isinstance(by, Member) else None,
        portal_user_id=by.id if isinstance(by, PortalUser) else None,
        is_public=is_public,
    )
    db.session.add(file)
    db.session.flush()
    events.record(
        EventName.FILE_ADDED, subject, by=by, changed={"name": file.name, "size": file.size, "file_id": file.id}
    )
    return file


def add_picture(subject: Any, source: IO[bytes]) -> File:
    """Keep a small square picture of a member or the workspace.

    Raises:
        Refused: it isn't a picture.
    """
    content = source.read(LARGEST_PICTURE + 1)
    if len(content) > LARGEST_PICTURE:
        raise Refused(_("This picture is larger than %(n)s MB.", n=LARGEST_PICTURE // 1024**2), field="file")
    drawn, _kind = uploads.redraw(content, edge=4 * files.SIDE, kind=files.PICTURE)
    stored = files.put_square(current_tenant(), drawn)
    _take_room(stored.size)
    file = File(
        subject_kind=subject.__tablename__,
        subject_id=subject.id,
        name=stored.name,
        size=stored.size,
        sha256=stored.sha256,
        media_type=stored.media_type,
    )
    db.session.add(file)
    db.session.flush()
    return file


def visible(file_id: UUID) -> File:
    """A file that the reader of this page may have, since he may see its record.

    Raises:
        NotFound: there is none, or not for him.
    """
    file = db.session.scalars(select(File).where(File.id == file_id)).one_or_none()
    may_see = _readers.get(file.subject_kind) if file else None
    if file is None or may_see is None or not may_see(file.subject_id):
        raise NotFound
    return file


def remove(file: File, subject: Any, *, by: Actor) -> None:
    """Take a file off its record; its bytes go when nothing names them any more."""
    db.session.delete(file)
    db.session.flush()
    db.session.execute(update(Counter).where(Counter.kind == USED).values(next=Counter.next - file.size))
    events.record(EventName.FILE_REMOVED, subject, by=by, changed={"name": file.name, "size": file.size})


def _take_room(size: int) -> None:
    row = {"tenant_id": current_tenant(), "id": new_id(), "kind": USED, "next": size, "created_at": clock.now()}
    taken = db.session.execute(
        upsert(Counter)
        .values(row)
        .on_conflict_do_update(index_elements=["tenant_id", "kind"], set_={"next": Counter.next + size})
        .returning(Counter.next)
    ).scalar_one()
    if taken > QUOTA:
        raise QuotaReached(_("There is no room for more files. Take some off first."))


def on(subject_kind: str, subject_id: UUID) -> list[File]:
    """The files on a record, the latest first, each with who put it there if he is one of us."""
    mine = (File.subject_kind == subject_kind, File.subject_id == subject_id)
    statement = select(File).where(*mine).order_by(File.id.desc()).options(joinedload(File.member))
    return list(db.session.scalars(statement))


def count_of(subject_kind: str, subject_id: UUID) -> int:
    """How many files lie on a record."""
    return (
        db.session.scalar(
            select(func.count(File.id)).where(File.subject_kind == subject_kind, File.subject_id == subject_id)
        )
        or 0
    )
