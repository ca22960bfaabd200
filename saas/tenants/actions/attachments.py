"""Files on records: attached, shown to those who may see the record, taken off."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import IO, Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from saas import clock, files, uploads
from saas.archive import refuse_archived
from saas.db import current_tenant, db, new_id
from saas.errors import NotFound, Refused
from saas.statements import Statement, written_once
from saas.tenants import events
from saas.tenants.events import EventName
from saas.tenants.models import Counter, File, Member, PortalUser
from saas.tenants.scope import Actor

LARGEST_PICTURE = 10 * 1024**2  # bytes
QUOTA = 10 * 1024**3  # bytes of one workspace
PUT_BACK = timedelta(days=7)  # so long a file that was taken off can be put back
AT_ONCE = 200  # files that one sweep forgets
USED = "file.bytes"

# Kind of record → may the reader of this page see the record? Each capability says it for its own.
_readers: dict[str, Callable[[UUID], bool]] = {}


def readable(subject_kind: str, may_see: Callable[[UUID], bool]) -> None:
    """Let files on records of this kind be read by whoever `may_see` (the record's id) says; said at import."""
    _readers[subject_kind] = may_see


class QuotaReached(Refused):
    """The workspace's files take all the room it has."""

    field = "file"


def attach(
    subject: Any,
    source: IO[bytes],
    name: str,
    *,
    by: Actor,
    is_public: bool = False,
    came_with_id: UUID | None = None,
) -> File:
    """Put a file on a record.

    Args:
        subject: the record.
        source: what was uploaded.
        name: as the person called it.
        by: who did.
        is_public: those who see the record in a portal see the file there too.
        came_with_id: what was written along with it: a message, or the record.

    Raises:
        Archived: the record was put away.
        Refused: the file is empty, too large, harmful, or of a kind that isn't taken.
        QuotaReached: the workspace has no room left.
    """
    refuse_archived(subject)
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
        came_with_id=came_with_id,
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


def keep(subject: Any, content: bytes, name: str, *, by: Member | None) -> File:
    """Keep a file that we made ourselves for a record; its own page hands it out.

    Raises:
        QuotaReached: the workspace has no room left.
    """
    stored = files.put(current_tenant(), io.BytesIO(content), name)
    _take_room(stored.size)
    file = File(
        subject_kind=subject.__tablename__,
        subject_id=subject.id,
        name=stored.name,
        size=stored.size,
        sha256=stored.sha256,
        media_type=stored.media_type,
        member_id=by.id if by else None,
    )
    db.session.add(file)
    db.session.flush()
    return file


def let_go(file: File) -> None:
    """Drop a file that `keep` has kept."""
    _give_room(file.size)
    forget(file)


def visible(file_id: UUID) -> File:
    """A file that the reader of this page may have, since he may see its record.

    Raises:
        NotFound: there is none, or not for him.
    """
    return _seen(select(File).where(File.id == file_id, File.removed_at.is_(None)))


def removed(file_id: UUID) -> File:
    """A file that was taken off and can still be put back, held until the transaction ends.

    Raises:
        NotFound: as for `visible`.
    """
    return _seen(select(File).where(File.id == file_id, File.removed_at.is_not(None)).with_for_update())


def _seen(statement: Select[File]) -> File:
    file = db.session.scalars(statement).one_or_none()
    may_see = _readers.get(file.subject_kind) if file else None
    if file is None or may_see is None or not may_see(file.subject_id):
        raise NotFound
    return file


def remove(file: File, subject: Any, *, by: Actor) -> None:
    """Take a file off its record; for `PUT_BACK` it can be put back.

    Raises:
        Archived: the record was put away.
        NotFound: somebody was faster.
    """
    refuse_archived(subject)
    db.session.refresh(file, with_for_update=True)
    if file.removed_at is not None:
        raise NotFound
    file.removed_at = clock.now()
    _give_room(file.size)
    events.record(EventName.FILE_REMOVED, subject, by=by, changed={"name": file.name, "size": file.size})


def put_back(file: File, subject: Any, *, by: Actor) -> None:
    """Put a file back that was taken off.

    Raises:
        Archived: the record was put away.
        QuotaReached: the workspace has no room left.
    """
    refuse_archived(subject)
    file.removed_at = None
    _take_room(file.size)
    events.record(EventName.FILE_PUT_BACK, subject, by=by, changed={"name": file.name, "size": file.size})


def forget_removed() -> int:
    """Forget files that were taken off long ago, at most `AT_ONCE`; returns how many they were."""
    old = File.removed_at < clock.now() - PUT_BACK
    found = list(db.session.scalars(select(File).where(old).order_by(File.removed_at).limit(AT_ONCE)))
    for file in found:
        forget(file)
    return len(found)


def forget(file: File) -> None:
    """Keep a file no longer; its bytes go after the commit, when nothing else names them."""
    db.session.delete(file)
    db.session.flush()
    drop_unnamed(file.sha256)


def drop_unnamed(sha256: str) -> None:
    """Drop these bytes once the transaction at hand has ended, unless some file of the workspace still has them."""
    tenant_id = current_tenant()
    naming = select(File.id).where(File.tenant_id == tenant_id, File.sha256 == sha256).limit(1)
    files.drop_unnamed(tenant_id, sha256, is_named=lambda connection: connection.execute(naming).first() is not None)


def forget_all(subject_kind: str, subject_ids: Sequence[UUID]) -> int:
    """Keep the files on records that are gone no longer; returns how many they were."""
    named = (File.subject_kind == subject_kind, File.subject_id.in_(subject_ids))
    found = list(db.session.scalars(select(File).where(*named)))
    for file in found:
        if file.removed_at is None:
            _give_room(file.size)
        forget(file)
    return len(found)


def _give_room(size: int) -> None:
    db.session.execute(update(Counter).where(Counter.kind == USED).values(next=Counter.next - size))


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


MEMBER, PORTAL_USER = aliased(Member, name="member"), aliased(PortalUser, name="portal_user")


@written_once
def _on() -> Statement:
    return (
        select(File, MEMBER, PORTAL_USER)
        .outerjoin(MEMBER, MEMBER.id == File.member_id)
        .outerjoin(PORTAL_USER, PORTAL_USER.id == File.portal_user_id)
        .where(File.subject_kind == bindparam("kind"), File.subject_id == bindparam("id"), File.removed_at.is_(None))
        .order_by(File.id.desc())
    )


def on(subject_kind: str, subject_id: UUID) -> list[File]:
    """The files on a record, the latest first, each with who put it there if he is one of us."""
    return _on().objects(kind=subject_kind, id=subject_id)


def lying_on(subject_kind: str, subject_id: UUID) -> tuple[ColumnElement[bool], ...]:
    """The condition on the files of a record; those taken off are none."""
    return (File.subject_kind == subject_kind, File.subject_id == subject_id, File.removed_at.is_(None))
