"""The filter "Import" of a list: what one file brought, new and changed, as long as that can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select

from saas import clock, ui
from saas.db import db
from saas.lists import Filter
from saas.tenants.models import Event, UndoRow

IN = "import.finished"  # the event that tells of a file that is in: {name, kind, counts}
KEPT_FOR = timedelta(days=30)  # before-images, which say what a file brought
OFFERED = 20  # of the newest files
REFERENCE = "ref:"  # before the id by which a file calls a record, where it has one
KEY = "import"  # in the address, with the batch of the file


def reference(record: Any) -> str | None:
    """The id by which the file called a record that came in with one; None where it gave none."""
    key: str | None = record.import_key
    return key.removeprefix(REFERENCE) if key and key.startswith(REFERENCE) else None


def fact(record: Any) -> tuple[Any, Any]:
    """(label, value) of that id, for what a record's page tells of it."""
    return _l("ID in the file it came with"), reference(record)


def filter_of(model: Any, kind: str) -> Filter:
    """The filter of a list of `model`, whose files are of `kind`."""

    def where(value: str) -> ColumnElement[bool] | None:
        try:
            batch = UUID(value)
        except ValueError:
            return None
        rows = select(UndoRow.subject_id).where(
            UndoRow.batch_id == batch, UndoRow.subject_kind == model.__tablename__, UndoRow.undone_at.is_(None)
        )
        found: ColumnElement[bool] = model.id.in_(rows)
        return found

    return Filter(KEY, _l("Import"), lambda: _files(kind), where, pinned=False)


def _files(kind: str) -> Sequence[tuple[str, Any]]:
    """(batch, name and day) of the newest files of a kind."""
    finished = select(Event.batch_id, Event.changed["name"].astext, Event.created_at).where(
        Event.subject_kind == "import_run",
        Event.name == IN,
        Event.changed["kind"].astext == kind,
        Event.created_at > clock.now() - KEPT_FOR,
        Event.batch_id.is_not(None),
    )
    newest = finished.order_by(Event.id.desc()).limit(OFFERED)
    reader = ui.words()
    return [(str(batch), f"{name} · {reader.moment(at)}") for batch, name, at in db.session.execute(newest)]
