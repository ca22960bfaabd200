"""The verbs of tags and groups."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock
from saas.crm.fields import label_queries as queries
from saas.crm.fields.label_models import Label, LabelKind, Labelled
from saas.db import current_tenant, db, new_id
from saas.errors import Refused
from saas.search import fold
from saas.tenants import events
from saas.tenants.scope import Actor
from saas.versions import Overtaken

LABEL_ADDED, LABEL_CHANGED = "label.added", "label.changed"
LABEL_ARCHIVED, LABEL_RESTORED = "label.archived", "label.restored"
MOST = 500  # labels of a workspace
LONGEST = 40  # characters of a name


def add(kind: LabelKind, name: str, *, colour: str = "grey", parent: Label | None = None, by: Actor) -> Label:
    """Add a tag or group.

    Raises:
        Refused: there is one of this name at its place, there are as many as there may be, or a part would get parts.
    """
    if parent is not None and (parent.parent_id is not None or kind is LabelKind.TAG):
        raise Refused(_("Groups have two levels: a part of a group has no parts of its own."), field="parent_id")
    _check_name(kind, name, parent.id if parent else None)
    if queries.count() >= MOST:
        raise Refused(_("A workspace has at most %(n)s tags and groups. Take some out first.", n=MOST))
    made = Label(
        kind=kind, name=name.strip(), name_key=fold(name), colour=colour, parent_id=parent.id if parent else None
    )
    made.parent = parent
    db.session.add(made)
    db.session.flush()
    events.record(LABEL_ADDED, made, by=by, changed=_said(made))
    return made


def change(label: Label, values: dict[str, Any], *, version: int | None, by: Actor) -> dict[str, Any]:
    """Give a label another name or colour.

    Raises:
        Overtaken: somebody changed it since `version`.
        Refused: another one has this name.
    """
    if version is not None and version != label.version:
        raise Overtaken(label)
    if fold(values["name"]) != label.name_key:
        _check_name(label.kind, values["name"], label.parent_id)
    changed = {k: [getattr(label, k), v] for k, v in values.items() if getattr(label, k) != v}
    for name, (_before, after) in changed.items():
        setattr(label, name, after)
    if changed:
        label.name_key = fold(label.name)
        db.session.flush()
        events.record(LABEL_CHANGED, label, by=by, changed=_said(label) | changed)
    return changed


def archive(label: Label, *, by: Actor) -> None:
    """Take a label out, a group with its parts; what lies under it comes back with it."""
    if label.archived_at is None:
        label.archived_at = clock.now()
        db.session.flush()
        events.record(LABEL_ARCHIVED, label, by=by, changed=_said(label))


def restore(label: Label, *, by: Actor) -> None:
    """Put a label back.

    Raises:
        Refused: another one has its name by now.
    """
    if label.archived_at is not None:
        _check_name(label.kind, label.name, label.parent_id)
        label.archived_at = None
        db.session.flush()
        events.record(LABEL_RESTORED, label, by=by, changed=_said(label))


def found_or_added(kind: LabelKind, path: str, *, by: Actor) -> Label:
    """The label of this name, made where there is none; a group may be said with its part: "Trade / Retail".

    Raises:
        Refused: it is too long, or there are as many as there may be.
    """
    above, _slash, name = path.partition("/") if kind is LabelKind.GROUP else ("", "", path)
    if not name.strip():
        above, name = "", above
    parent = found_or_added(kind, above.replace("/", " "), by=by) if above.strip() else None
    if not name.strip() or len(name.strip()) > LONGEST:
        raise Refused(_("A name has from 1 to %(n)s characters.", n=LONGEST), field="name")
    known = queries.called(kind, name, parent.id if parent else None)
    return known or add(kind, name, parent=parent, by=by)


def lay_under(column: Any, pairs: Collection[tuple[UUID, UUID]]) -> None:
    """Put records under labels: (label, record); what lies there already stays. The caller records the event."""
    if not pairs:
        return
    now, tenant = clock.now(), current_tenant()
    rows = [
        {"tenant_id": tenant, "id": new_id(), "label_id": one, column.key: record, "created_at": now}
        for one, record in pairs
    ]
    db.session.execute(upsert(Labelled).values(rows).on_conflict_do_nothing())


def take_from_under(column: Any, record_id: UUID, label_ids: Sequence[UUID]) -> None:
    """Take a record from under labels. The caller records the event."""
    statement = delete(Labelled).where(column == record_id, Labelled.label_id.in_(label_ids))
    db.session.execute(statement.execution_options(synchronize_session=False))


def _said(label: Label) -> dict[str, Any]:
    return {"kind": label.kind.value, "label": label.path}


def _check_name(kind: LabelKind, name: str, parent_id: UUID | None) -> None:
    if queries.called(kind, name, parent_id) is not None:
        raise Refused(_("There is one of this name already."), field="name")
