"""Reads of a workspace's own fields, and which records have them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from saas.crm.fields.custom_models import NAMED, SAID, CustomField, CustomTerm, Definition, FieldKind, defined
from saas.db import db
from saas.errors import NotFound
from saas.found import the_one
from saas.kept import kept
from saas.statements import Statement, written_once
from saas.tenants.models import Member, MemberStatus
from saas.tenants.permissions import Permission


@dataclass(frozen=True, eq=False)
class Subject:
    """A kind of record that has fields of the workspace's own."""

    key: str  # its table
    label: Any  # what its records are called
    model: Any  # a Customised
    load: Callable[[UUID], Any]  # a record that the reader may see; raises NotFound
    right: Permission  # to see such a record
    is_of_two_kinds: bool = False  # some are companies, some persons: `model.kind` says which


@dataclass(frozen=True, eq=False)
class Target:
    """A kind of record that a field can name."""

    model: Any  # with a `name`
    find: Callable[[str], Any | None] = lambda _words: None  # one by what it is called, within the reader's reach
    say: Callable[[UUID], str] = str  # what a box that `find` reads calls it


_subjects: dict[str, Subject] = {}
_targets: dict[FieldKind, Target] = {}


def declare(subject: Subject) -> None:
    """Let records of a kind have fields of the workspace's own; said once, at import, by whoever owns the table."""
    _subjects[subject.key] = subject


def refer(kind: FieldKind, target: Target) -> None:
    """Say which records a field of this kind names; said once, at import."""
    _targets[kind] = target


def subjects() -> list[Subject]:
    """All kinds of records that have fields of the workspace's own."""
    return list(_subjects.values())


def subject(key: str) -> Subject:
    """One of them.

    Raises:
        NotFound: records of this kind have no fields of their own.
    """
    if key not in _subjects:
        raise NotFound
    return _subjects[key]


@written_once
def _rows() -> Statement:
    columns = (*(getattr(CustomField, name) for name in SAID), CustomField.choices, CustomField.archived_at)
    return select(*columns).order_by(CustomField.subject, CustomField.position, CustomField.id)


@kept
def _all() -> tuple[Definition, ...]:
    return tuple(defined(row) for row in _rows().rows())


def fields_of(key: str, *, archived: bool = False) -> list[Definition]:
    """The fields of records of a kind in their order; those that were archived only if asked for."""
    return [one for one in _all() if one.subject == key and (archived or not one.is_archived)]


def fields_for(record: Any) -> list[Definition]:
    """The fields that suit a record: of persons alone, of companies alone, of both."""
    kind = record.kind if subject(record.__tablename__).is_of_two_kinds else None
    return [one for one in fields_of(record.__tablename__) if one.suits(kind)]


def by_column(key: str) -> dict[str, Definition]:
    """The fields in use of records of a kind, by what forms, addresses and files call them."""
    return {one.column: one for one in fields_of(key)}


def names(pairs: Iterable[tuple[Definition, Any]]) -> dict[str, str]:
    """Id → name of the records that these values name; a statement for each kind of them that there is."""
    wanted: dict[FieldKind, set[str]] = {}
    for field, value in pairs:
        if field.kind in NAMED and value:
            wanted.setdefault(field.kind, set()).add(str(value))
    return {key: name for kind, ids in wanted.items() for key, name in names_of(kind, ids).items()}


def names_of(kind: FieldKind, ids: Collection[str]) -> dict[str, str]:
    """Id → name of records that fields of a kind name."""
    other, called = _called(kind)
    statement = called.add_columns(other.id).where(other.id.in_([UUID(one) for one in ids]))
    return {str(key): name for name, key in db.session.execute(statement)} if ids else {}


def target(kind: FieldKind) -> Target:
    """Which records fields of a kind name."""
    return _targets[kind]


def name_of(field: Definition, model: Any) -> Any:
    """What a list selects to show the record that a field names."""
    other, called = _called(field.kind)  # a customer may name a customer
    named = model.custom[field.key].astext.cast(other.id.type)
    return called.where(other.id == named).correlate(model).scalar_subquery()


def _called(kind: FieldKind) -> tuple[Any, Select[Any]]:
    """A record that a field names, and what it is called: one that went into another, as that one is."""
    other: Any = aliased(_targets[kind].model)
    if not hasattr(_targets[kind].model, "merged_into_id"):
        return other, select(other.name)
    kept: Any = aliased(_targets[kind].model)
    name = func.coalesce(kept.name, other.name)
    return other, select(name).select_from(other).outerjoin(kept, kept.id == other.merged_into_id)


def unknown(pairs: Iterable[tuple[Definition, Any]]) -> list[Definition]:
    """The fields among these whose value names no record of this workspace."""
    found = []
    for field, value in pairs:
        if field.kind in NAMED:
            target = _targets[field.kind]
            if db.session.scalar(select(target.model.id).where(target.model.id == UUID(str(value)))) is None:
                found.append(field)
    return found


# ── found by ────────────────────────────────────────────────────────────────────────────────────────────────────────


def having(field: Definition, *where: ColumnElement[bool]) -> Select[Any]:
    """The ids of records whose value of a field meets conditions on its terms."""
    return select(CustomTerm.record_id).where(CustomTerm.field_id == field.id, *where)


def uses(field_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """Field → how many records hold something in it."""
    many = func.count(CustomTerm.record_id.distinct())
    statement = select(CustomTerm.field_id, many).where(CustomTerm.field_id.in_(field_ids))
    return {row[0]: row[1] for row in db.session.execute(statement.group_by(CustomTerm.field_id))}


def terms_of(record_ids: Collection[UUID]) -> list[Any]:
    """(record, field, term, id) of all by which these records are found."""
    columns = (CustomTerm.record_id, CustomTerm.field_id, CustomTerm.term, CustomTerm.id)
    return list(db.session.execute(select(*columns).where(CustomTerm.record_id.in_(record_ids))))


# ── rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def field(field_id: UUID) -> CustomField:
    """A field by its id, also an archived one.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(CustomField).where(CustomField.id == field_id))


def lock_fields(key: str) -> list[CustomField]:
    """All fields of records of a kind in their order, held until the transaction ends."""
    statement = select(CustomField).where(CustomField.subject == key).order_by(CustomField.position, CustomField.id)
    return list(db.session.scalars(statement.with_for_update().execution_options(populate_existing=True)))


def _member_called(words: str) -> Member | None:
    same = (func.lower(Member.name) == words.strip().lower()) | (Member.email == words.strip().lower())
    statement = select(Member).where(same, Member.status == MemberStatus.ACTIVE).order_by(Member.id).limit(1)
    return db.session.scalars(statement).first()


refer(FieldKind.PERSON, Target(Member, find=_member_called))
