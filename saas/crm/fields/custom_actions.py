"""The verbs of a workspace's own fields, and what every writer of a record with such fields passes through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from saas import clock
from saas.crm.fields import custom_queries
from saas.crm.fields.custom_models import CHOSEN, PREFIX, Applies, CustomField, CustomTerm, Definition, FieldKind, named
from saas.crm.fields.custom_sets import PERSON
from saas.crm.fields.custom_values import Unfit, differing, kept, merged, terms
from saas.db import current_tenant, db, new_id
from saas.errors import Refused
from saas.search import fold
from saas.tenants import events
from saas.tenants.scope import Actor
from saas.versions import Overtaken

ADDED, CHANGED, REMOVED = "custom_field.added", "custom_field.changed", "custom_field.removed"
ARCHIVED, RESTORED = "custom_field.archived", "custom_field.restored"
MOST = 50  # fields in use of one kind of record
MOST_CHOICES = 100  # words of one field


# ── fields ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def add(subject: str, kind: FieldKind, values: Mapping[str, Any], *, by: Actor) -> CustomField:
    """Make a field, after the others.

    Args:
        subject: table of the records that have it.
        kind: what it holds, for good.
        values: name, hint, applies, is_required, and choices: [{"key": "", "name": …, "is_retired": False}].
        by: who makes it.

    Raises:
        Refused: there are as many as there may be, one of this name, or the words it offers won't do.
    """
    found = custom_queries.lock_fields(subject)
    _check_room(found, 1)
    _check_name(values["name"], found)
    return _added(subject, kind, {**values, "choices": _words(kind, values.get("choices", ()), [])}, len(found), by=by)


def add_set(subject: str, *, by: Actor) -> list[CustomField]:
    """Take over the ready-made fields of persons, as far as they aren't here yet; archived ones come back.

    Raises:
        Refused: there is no room for all of them.
    """
    found = custom_queries.lock_fields(subject)
    here = {one.origin: one for one in found if one.origin}
    _check_room(found, sum(origin not in here or here[origin].archived_at is not None for origin, *_rest in PERSON))
    made: list[CustomField] = []
    for origin, kind, words in PERSON:
        if origin in here:
            restore(here[origin], by=by)
            continue
        choices = [{"key": word, "name": None, "is_retired": False} for word in words]
        values = {"origin": origin, "applies": Applies.PERSON, "choices": choices}
        made.append(_added(subject, FieldKind(kind), values, len(found) + len(made), by=by))
    return made


def change(field: CustomField, values: Mapping[str, Any], *, version: int | None, by: Actor) -> dict[str, Any]:
    """Give a field another name, hint or words; records keep what they hold.

    Raises:
        Overtaken: somebody changed it since `version`.
        Refused: another field has this name, or the words it offers won't do.
    """
    if version is not None and version != field.version:
        raise Overtaken(field)
    others = [one for one in custom_queries.lock_fields(field.subject) if one.id != field.id]
    before = field.label
    new = {"name": before, **values}
    _check_name(new["name"], others)
    if new["name"] == named(field.origin, None):
        new["name"] = None  # stays translated
    if "choices" in new:
        new["choices"] = _words(field.kind, new["choices"], field.choices)
    changed = {key: [getattr(field, key), value] for key, value in new.items() if getattr(field, key) != value}
    for key, (_before, after) in changed.items():
        setattr(field, key, after)
    if changed:
        db.session.flush()
        events.record(CHANGED, field, by=by, changed=_said(field) | changed)
    return changed


def place(field: CustomField, position: int, *, by: Actor) -> None:
    """Put a field at `position` (from 0); the others close up."""
    found = custom_queries.lock_fields(field.subject)
    others = [one for one in found if one.id != field.id]
    at = max(0, min(position, len(others)))
    ordered = [*others[:at], field, *others[at:]]
    if [one.id for one in ordered] == [one.id for one in found]:
        return
    for number, one in enumerate(ordered):
        if one.position != number:
            one.position = number
    db.session.flush()
    events.record(CHANGED, field, by=by, changed=_said(field) | {"position": at})


def archive(field: CustomField, *, by: Actor) -> None:
    """Take a field out of forms, lists and files; records keep what they hold."""
    if field.archived_at is None:
        field.archived_at = clock.now()
        _noted(ARCHIVED, field, by=by)


def restore(field: CustomField, *, by: Actor) -> None:
    """Bring a field back, with all that records hold in it.

    Raises:
        Refused: there are as many as there may be, or one of its name.
    """
    if field.archived_at is not None:
        found = [one for one in custom_queries.lock_fields(field.subject) if one.id != field.id]
        _check_room(found, 1)
        _check_name(field.label, found)
        field.archived_at = None
        _noted(RESTORED, field, by=by)


def remove(field: CustomField, *, by: Actor) -> None:
    """Take out for good a field in which no record holds anything.

    Raises:
        Refused: some do.
    """
    custom_queries.lock_fields(field.subject)
    if many := custom_queries.uses([field.id]).get(field.id, 0):
        raise Refused(
            _("%(num)s records hold something in it. Archive it instead: they keep it, and it can come back.", num=many)
        )
    events.record(REMOVED, field, by=by, changed=_said(field))
    db.session.flush()
    db.session.delete(field)
    db.session.flush()


def _added(subject: str, kind: FieldKind, values: Mapping[str, Any], position: int, *, by: Actor) -> CustomField:
    made = CustomField(id=new_id(), subject=subject, kind=kind, position=position, **values)
    db.session.add(made)
    _noted(ADDED, made, by=by)
    return made


def _noted(name: str, field: CustomField, *, by: Actor) -> None:
    db.session.flush()
    events.record(name, field, by=by, changed=_said(field))


def _said(field: CustomField) -> dict[str, Any]:
    return {"field": field.label, "subject": field.subject}


def _check_room(found: Sequence[CustomField], more: int) -> None:
    if sum(one.archived_at is None for one in found) + more > MOST:
        raise Refused(_("There is room for %(n)s fields. Archive one that nobody needs.", n=MOST))


def _check_name(name: str, others: Sequence[CustomField]) -> None:
    if any(one.archived_at is None and fold(one.label) == fold(name) for one in others):
        raise Refused(_("There is a field of this name already."), field="name")


def _words(kind: FieldKind, given: Sequence[Mapping[str, Any]], had: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The words of a field as they are kept: new ones get keys, and none is lost that records may hold."""
    if kind not in CHOSEN:
        return []
    known = {one["key"]: dict(one) for one in had}
    words: list[dict[str, Any]] = []
    for one in given:
        key = one["key"] if one["key"] in known else new_id().hex
        name = None if one["name"].strip() == named(key, None) else one["name"].strip()
        words.append({"key": key, "name": name, "is_retired": bool(one["is_retired"])})
        known.pop(key, None)
    words += known.values()
    labels = [fold(named(one["key"], one["name"])) for one in words]
    if all(one["is_retired"] for one in words):
        raise Refused(_("Say what there is to choose from."), field="more")
    if len(set(labels)) < len(labels):
        raise Refused(_("Two choices have the same name."), field="more")
    if len(words) > MOST_CHOICES:
        raise Refused(_("A field offers at most %(n)s choices.", n=MOST_CHOICES), field="more")
    return words


# ── values ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def settled(key: str, before: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """All that a record of a kind holds once `values` are set, as JSON keeps it.

    Args:
        key: the record's table.
        before: what it holds now.
        values: field's id (text) → value as a form or JSON has it; None takes it off.

    Raises:
        Refused: a field can't hold its value, or it names a record that isn't of this workspace.
    """
    fields = {one.key: one for one in custom_queries.fields_of(key, archived=True)}
    if strange := values.keys() - fields.keys():
        raise ValueError(f"no fields of {key}: {strange}")
    found = {name: _kept(fields[name], value) for name, value in values.items()}
    fresh = [(fields[name], value) for name, value in found.items() if value is not None and value != before.get(name)]
    for field in custom_queries.unknown(fresh):
        raise Refused(_("“%(field)s” names somebody who isn't here.", field=field.label), field=field.column)
    return merged(dict(before), found)


def apply(record: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Set fields of a record; returns {"custom": [before, after]} narrowed to those that differ, or nothing.

    Raises:
        Refused: as for `settled`.
    """
    if not values:
        return {}
    before = record.custom or {}
    after = settled(record.__tablename__, before, values)
    if after == before:
        return {}
    record.custom = after
    return {"custom": differing(before, after)}


def note(key: str, records: Sequence[Any]) -> None:
    """Let records of a kind be found by what they hold now."""
    fields = custom_queries.fields_of(key, archived=True)
    if not fields or not records:
        return
    wanted = {
        (record.id, field.id, term)
        for record in records
        for field in fields
        for term in terms(field, (record.custom or {}).get(field.key))
    }
    had = {(row[0], row[1], row[2]): row[3] for row in custom_queries.terms_of([record.id for record in records])}
    if gone := [row_id for term, row_id in had.items() if term not in wanted]:
        statement = delete(CustomTerm).where(CustomTerm.id.in_(gone))
        db.session.execute(statement.execution_options(synchronize_session=False))
    at, tenant_id = clock.now(), current_tenant()
    rows = [
        {"tenant_id": tenant_id, "id": new_id(), "record_id": one, "field_id": field_id, "term": term, "created_at": at}
        for one, field_id, term in sorted(wanted - had.keys())
    ]
    if rows:
        db.session.execute(insert(CustomTerm).on_conflict_do_nothing(), rows)


def drop(ids: Sequence[UUID]) -> None:
    """These records are gone: nothing leads to them any more."""
    statement = delete(CustomTerm).where(CustomTerm.record_id.in_(ids))
    db.session.execute(statement.execution_options(synchronize_session=False))


def _kept(field: Definition, value: Any) -> Any:
    try:
        return kept(field, value)
    except Unfit as unfit:
        raise Refused(_("“%(field)s” can't hold this.", field=field.label), field=field.column) from unfit


def by_field(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a form or a file calls by `custom_…`, by the fields' ids."""
    return {str(UUID(name.removeprefix(PREFIX))): v for name, v in values.items() if name.startswith(PREFIX)}
