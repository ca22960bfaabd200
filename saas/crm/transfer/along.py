"""What a file changes besides its own records, such as customers who have bought: noted, told, given back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias
from uuid import UUID

from sqlalchemy import select

from saas.crm.transfer.models import ImportRun
from saas.db import db, new_id
from saas.tenants import events
from saas.tenants.models import UndoRow

Images = dict[UUID, dict[str, Any]]  # record → column → value
Plan: TypeAlias = Any  # of `kind`, which names this module
Work: TypeAlias = Any


class Along(ABC):
    """Records of another kind that change along with those of a file."""

    model: ClassVar[Any]

    @abstractmethod
    def concerned(self, plans: Sequence[Plan]) -> Collection[UUID]:
        """The records that these rows may change, by id."""

    @abstractmethod
    def images(self, ids: Collection[UUID]) -> Images:
        """How these records are in the columns that change along."""

    @abstractmethod
    def mark(self, plans: Sequence[Plan]) -> None:
        """Write into rehearsed rows what they would make of these records."""

    @abstractmethod
    def counts(self, run: ImportRun) -> dict[str, int]:
        """How many records would become what, or have: word → count, without zeros."""

    @abstractmethod
    def held(self, run: ImportRun, rows: Sequence[UndoRow]) -> dict[UUID, dict[str, Any]]:
        """Which of these records an undo must leave as they are, and why."""

    @abstractmethod
    def put_back(self, images: Sequence[tuple[Any, Mapping[str, Any]]], work: Work) -> None:
        """Make records again what they were, each with its image as JSON holds it."""

    @abstractmethod
    def settle(self, ids: Collection[UUID], work: Work) -> None:
        """Have what is true of these records stand in them, whatever stayed of the import."""

    @abstractmethod
    def tell(self, work: Work, after: UUID | None) -> UUID | None:
        """Tell the next records behind `after` what the file brought them; returns the last, None at the end."""


@dataclass(frozen=True)
class Before:
    """How records were before some rows came in, each with the id that its before-image will have.

    The ids are older than those of what the rows make, so that an undo, which goes backwards, comes to them later.
    """

    images: Images
    ids: Mapping[UUID, UUID]


def before(along: Along, plans: Sequence[Plan]) -> Before:
    """How the records are now that these rows may change."""
    images = along.images(along.concerned(plans))
    return Before(images, {one: new_id() for one in images})


def keep(along: Along, was: Before, run: ImportRun) -> None:
    """Keep the images of those records that are another now; what this import made, or has kept, needs none."""
    if not was.images:
        return
    db.session.flush()
    table, now = along.model.__tablename__, along.images(was.images)
    known = select(UndoRow.subject_id).where(
        UndoRow.batch_id == run.batch_id, UndoRow.subject_kind == table, UndoRow.subject_id.in_(was.images)
    )
    changed = [one for one in now.keys() - set(db.session.scalars(known)) if now[one] != was.images[one]]
    versions = select(along.model.id, along.model.version).where(along.model.id.in_(changed))
    for one, version in db.session.execute(versions).all():
        row = UndoRow(id=was.ids[one], batch_id=run.batch_id, subject_kind=table, subject_id=one, version=version)
        row.before = events.plain(was.images[one])
        db.session.add(row)


def with_image(along: Along, run: ImportRun, ids: Collection[UUID]) -> set[UUID]:
    """Those of these records whose image an import keeps until it is undone."""
    kept = select(UndoRow.subject_id).where(
        UndoRow.batch_id == run.batch_id,
        UndoRow.subject_kind == along.model.__tablename__,
        UndoRow.subject_id.in_(ids),
        UndoRow.before.is_not(None),
        UndoRow.undone_at.is_(None),
    )
    return set(db.session.scalars(kept))
