"""Reads of tags and groups."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import aliased

from saas.crm.fields.label_models import Label, LabelKind, Labelled
from saas.crm.fields.models import LOOKS
from saas.db import db
from saas.filing import place
from saas.found import the_one
from saas.kept import kept
from saas.search import fold
from saas.statements import Statement, written_once

PARENT = aliased(Label, name="above")


@dataclass(frozen=True)
class Tag:
    """A label as pages use it."""

    id: UUID
    kind: LabelKind
    name: str
    look: str
    parent_id: UUID | None
    path: str


@written_once
def _labels() -> Statement:
    above = PARENT.name.label("above")
    columns = (Label.id, Label.kind, Label.name, Label.colour, Label.parent_id, above)
    statement = select(*columns).outerjoin(PARENT, (PARENT.id == Label.parent_id)).order_by(Label.id)
    return statement.where(Label.archived_at.is_(None), PARENT.archived_at.is_(None))


@kept
def labels() -> dict[UUID, Tag]:
    """The labels in use, by id: each group before its parts."""
    found = {}
    for r in sorted(_labels().rows(), key=lambda r: (place(r.above or r.name), r.above is not None, place(r.name))):
        path = f"{r.above} / {r.name}" if r.above else r.name
        found[r.id] = Tag(r.id, r.kind, r.name, LOOKS.get(r.colour, r.colour), r.parent_id, path)
    return found


def of_kind(kind: LabelKind) -> list[Tag]:
    """The labels of one kind."""
    return [tag for tag in labels().values() if tag.kind is kind]


def choices(kind: LabelKind) -> Callable[[], Sequence[tuple[str, Any]]]:
    """The choices of a filter."""
    return lambda: [(str(tag.id), tag.path) for tag in of_kind(kind)]


def lies_under(column: Any, owner: Any) -> Callable[[str], ColumnElement[bool] | None]:
    """The condition of a filter by label: under it, or under one of its parts.

    Args:
        column: of Labelled, that points at the record.
        owner: the record's id.
    """

    def where(value: str) -> ColumnElement[bool] | None:
        try:
            wanted = UUID(value)
        except ValueError:
            return None
        ids = [tag.id for tag in labels().values() if wanted in {tag.id, tag.parent_id}]
        found: ColumnElement[bool] = owner.in_(select(column).where(Labelled.label_id.in_(ids), column.is_not(None)))
        return found

    return where


def chips(kind: LabelKind) -> Callable[[Any], list[tuple[str, str]]]:
    """Ids → the labels of one kind among them, each with the look of its chip."""

    def words(ids: Collection[UUID] | None) -> list[tuple[str, str]]:
        mine = set(ids or ())
        return [(tag.path, tag.look) for tag in of_kind(kind) if tag.id in mine] if mine else []

    return words


def ids_of(column: Any, owner: Any) -> Any:
    """What a list selects to show a record's labels."""
    return select(func.array_agg(Labelled.label_id)).where(column == owner).correlate_except(Labelled).scalar_subquery()


@written_once
def _of_record(column: Any) -> Statement:
    return select(Labelled.label_id).where(column == bindparam("record"))


def of_record(column: Any, record_id: UUID) -> list[Tag]:
    """The labels that a record lies under."""
    mine = {row[0] for row in _of_record(column).rows(record=record_id)}
    return [tag for tag in labels().values() if tag.id in mine]


def of_many(column: Any, ids: Collection[UUID]) -> dict[UUID, list[Tag]]:
    """Record → its labels, of many records at once."""
    found: dict[UUID, list[Tag]] = {}
    for record, one in db.session.execute(select(column, Labelled.label_id).where(column.in_(ids))):
        if one in labels():
            found.setdefault(record, []).append(labels()[one])
    return found


def label(label_id: UUID) -> Label:
    """A label by its id, also one that was taken out.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(Label).where(Label.id == label_id))


def called(kind: LabelKind, name: str, parent_id: UUID | None = None) -> Label | None:
    """The label in use of this folded name, at the top or below a group."""
    above = Label.parent_id == parent_id if parent_id else Label.parent_id.is_(None)
    statement = select(Label).where(
        Label.kind == kind, Label.name_key == fold(name), Label.archived_at.is_(None), above
    )
    return db.session.scalars(statement).first()


def parts(label_id: UUID) -> list[Label]:
    """The parts of a group that are in use."""
    statement = select(Label).where(Label.parent_id == label_id, Label.archived_at.is_(None))
    return sorted(db.session.scalars(statement.order_by(Label.id)), key=lambda one: place(one.name))


def count() -> int:
    """How many labels are in use."""
    return db.session.scalar(select(func.count()).select_from(Label).where(Label.archived_at.is_(None))) or 0


def uses() -> dict[UUID, int]:
    """Label → how many records lie under it."""
    statement = select(Labelled.label_id, func.count()).group_by(Labelled.label_id)
    return {row[0]: row[1] for row in db.session.execute(statement)}
