"""Records that were put away: they are read as before, and restored before anything about them changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped, mapped_column

from saas.db import current_tenant, db
from saas.errors import Refused
from saas.lists import Filter

KEY = "archived"  # in the address of a list
AWAY = f"{KEY}_at is not null"  # for the index that such a list is read by


class Archived(Refused):
    """The record was put away: it is restored before it changes."""


class Archivable:
    """A record that can be put away, with all its history."""

    archived_at: Mapped[datetime | None] = mapped_column(sort_order=90)

    @property
    def archived(self) -> Any | None:
        """What must be restored before this may change: itself, or what it is a part of; None where nothing must."""
        return self if self.archived_at is not None else None


def refuse_archived(*records: object, field: str | None = None) -> None:
    """Raises Archived where one of the records was put away; `field` is the form field that names it."""
    for record in records:
        found = record.archived if isinstance(record, Archivable) else None
        if found is not None:
            raise Archived(_("%(name)s is archived. Restore it first.", name=found.name), field=field)


def filter_of(model: type[Archivable]) -> Filter:
    """The filter of a list that shows what was put away instead of the rest (see `asks_for_archived`)."""
    away = model.archived_at.is_not(None)
    choices = [("yes", _l("Archived"))]
    shown = lazy_pgettext("list", "Shown")
    return Filter(KEY, shown, lambda: choices, lambda value: away if value == "yes" else None, pinned=False)


def asks_for_archived(asked: Mapping[str, str]) -> bool:
    """True where the address of a list asks for what was put away."""
    return asked.get(KEY) == "yes"


def is_open(kind: str, record_id: UUID) -> bool:
    """True unless the record of this table was put away."""
    record = of(kind, record_id)
    return record is None or record.archived is None


def of(kind: str, record_id: UUID) -> Archivable | None:
    """The record of this table, which the page at hand has read already; None where its kind is never put away."""
    model = _model_of(kind)
    return db.session.get(model, (current_tenant(), record_id)) if model else None


@lru_cache(maxsize=64)
def _model_of(kind: str) -> Any | None:
    return next((m for m in Archivable.__subclasses__() if getattr(m, "__tablename__", None) == kind), None)
