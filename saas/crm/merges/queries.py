"""Reads about merges and the pairs that wait for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased, joinedload

from saas.crm.customers.models import Account, Contact, TwinKey, TwinPair
from saas.crm.merges.models import Merge
from saas.db import Base, current_tenant, db
from saas.found import the_one
from saas.tenants import scope
from saas.tenants.models import File, PortalUser
from saas.tenants.permissions import Permission

P = Permission
MODELS: dict[str, Any] = {"account": Account, "contact": Contact}
EDIT = {"account": P.ACCOUNT_EDIT, "contact": P.CONTACT_EDIT}
ARCHIVE = {"account": P.ACCOUNT_ARCHIVE, "contact": P.CONTACT_ARCHIVE}
PAGE = 50  # pairs
LATEST = 10  # merges that the desk lists
OWN = {TwinKey.__tablename__, TwinPair.__tablename__}  # written anew rather than moved


def pairs(kind: str, after: UUID | None = None) -> list[Any]:
    """(pair, one, other) of this kind that the reader may change both, the newest first; one more than PAGE."""
    model = MODELS[kind]
    one, other = aliased(model, name="one"), aliased(model, name="other")
    mine = select(model.id).where(scope.visible(model, EDIT[kind]), model.archived_at.is_(None))
    statement = (
        select(TwinPair, one, other)
        .join(one, one.id == TwinPair.one_id)
        .join(other, other.id == TwinPair.other_id)
        .where(TwinPair.kind == kind, TwinPair.dismissed_at.is_(None))
        .where(TwinPair.one_id.in_(mine), TwinPair.other_id.in_(mine))
        .order_by(TwinPair.id.desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        statement = statement.where(TwinPair.id < after)
    return list(db.session.execute(statement))


def pair(pair_id: UUID) -> TwinPair:
    """A pair of records that the reader may change.

    Raises:
        NotFound: there is none, or one of the two is beyond his reach.
    """
    found = the_one(select(TwinPair).where(TwinPair.id == pair_id))
    for one in (found.one_id, found.other_id):
        record(found.kind, one, EDIT[found.kind])
    return found


def record(kind: str, record_id: UUID, permission: Permission) -> Any:
    """A customer or contact within the reader's reach.

    Raises:
        NotFound: as for a pair.
    """
    model = MODELS[kind]
    return the_one(select(model).where(model.id == record_id, scope.visible(model, permission)))


def lock(kind: str, ids: tuple[UUID, UUID]) -> list[Any]:
    """Both records as they are now, held until the transaction ends, in the order that was asked for.

    Raises:
        NotFound: the workspace lacks one.
    """
    model = MODELS[kind]
    for one in sorted(ids):  # always in one order, so that two merges at once wait instead of blocking each other
        statement = select(model).where(model.id == one).with_for_update(of=model)
        the_one(statement.execution_options(populate_existing=True))
    return [the_one(select(model).where(model.id == one)) for one in ids]


def merge(merge_id: UUID) -> Merge:
    """A merge whose kept record the reader may change.

    Raises:
        NotFound: there is none, or it is beyond his reach.
    """
    found = the_one(select(Merge).where(Merge.id == merge_id).options(joinedload(Merge.member)))
    record(found.kind, found.kept_id, EDIT[found.kind])
    return found


def lock_merge(merge_id: UUID) -> Merge:
    """The merge's row as it is now, held until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    statement = select(Merge).where(Merge.id == merge_id).with_for_update(of=Merge)
    return the_one(statement.execution_options(populate_existing=True))


def lock_merge_of(kind: str, gone_id: UUID) -> Merge | None:
    """The merge by which a record is gone, held until the transaction ends; None where that was undone."""
    mine = Merge.kind == kind, Merge.gone_id == gone_id, Merge.undone_at.is_(None)
    return db.session.scalars(select(Merge).where(*mine).with_for_update(of=Merge)).one_or_none()


def latest(kind: str) -> list[Merge]:
    """The last merges whose records the reader may change."""
    model = MODELS[kind]
    mine = select(model.id).where(scope.visible(model, EDIT[kind]))
    statement = select(Merge).where(Merge.kind == kind, Merge.kept_id.in_(mine)).options(joinedload(Merge.member))
    return list(db.session.scalars(statement.order_by(Merge.created_at.desc(), Merge.id.desc()).limit(LATEST)))


# ── what hangs on a record ──────────────────────────────────────────────────────────────────────────────────────────


def links(kind: str) -> Iterator[tuple[Any, str]]:
    """What points at records of this kind: (model, its column), as the foreign keys of the metadata say."""
    models = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    for table in Base.metadata.sorted_tables:
        if "tenant_id" in table.c and table.name not in OWN:
            for key in table.foreign_key_constraints:
                if key.referred_table.name == kind:
                    yield models[table.name], next(c.name for c in key.columns if c.name != "tenant_id")


def is_only_one(model: Any, column: str) -> bool:
    """True where a record has at most one such row: two can't be put on one record."""
    unique = (index for index in model.__table__.indexes if index.unique)
    return any([c.name for c in index.columns] == ["tenant_id", column] for index in unique)


def colliding(model: Any, column: str, ids: Sequence[UUID], kept_id: UUID) -> set[UUID]:
    """Those of these rows that the record that stays has too, so that they can't be put on it: the same tag."""
    found: set[UUID] = set()
    theirs = aliased(model)
    for index in model.__table__.indexes:
        names = [c.name for c in index.columns if c.name not in {"tenant_id", column}]
        if index.unique and names and column in index.columns:
            same = [getattr(theirs, name) == getattr(model, name) for name in names]
            rows = select(model.id).where(model.id.in_(ids))
            found |= set(db.session.scalars(rows.join(theirs, and_(getattr(theirs, column) == kept_id, *same))))
    return found


def pointing(model: Any, column: str, record_id: UUID) -> list[UUID]:
    """The rows of a model that point at a record."""
    return list(db.session.scalars(select(model.id).where(getattr(model, column) == record_id)))


def others(kind: str, record_id: UUID) -> Iterator[tuple[Any, str, list[UUID]]]:
    """What belongs to a record without a foreign key: its files, and people in the portals."""
    files = select(File.id).where(File.subject_kind == kind, File.subject_id == record_id)
    yield File, "subject_id", list(db.session.scalars(files))
    column = "account_id" if kind == "account" else "subject_id"
    mine = select(PortalUser.id).where(getattr(PortalUser, column) == record_id)
    yield PortalUser, column, list(db.session.scalars(mine))


def signs_in(contact_id: UUID) -> bool:
    """True where a contact is somebody in the portals."""
    return db.session.scalar(select(PortalUser.id).where(PortalUser.subject_id == contact_id).limit(1)) is not None


def counts(kind: str, record_id: UUID) -> dict[str, int]:
    """How many rows of each table would move with a record."""
    found: dict[str, int] = {}
    for model, column in links(kind):
        mine = select(func.count()).select_from(model).where(getattr(model, column) == record_id)
        _add(found, model, db.session.scalar(mine) or 0)
    for model, _column, ids in others(kind, record_id):
        _add(found, model, len(ids))
    return {table: count for table, count in found.items() if count}


def _add(found: dict[str, int], model: Any, count: int) -> None:
    found[model.__tablename__] = found.get(model.__tablename__, 0) + count


def name_of(table: str, row_id: UUID) -> str:
    """What a row is called, for one that an undo left."""
    model = next(m.class_ for m in Base.registry.mappers if m.class_.__tablename__ == table)
    row = db.session.get(model, (current_tenant(), row_id))
    return str(next((v for n in ("name", "subject", "title", "number") if (v := getattr(row, n, None))), ""))
