"""Names that were written before they were filed by their reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import column, func, select, update, values

from saas.crm.customers.models import Account, Contact
from saas.crm.customers.names import reading
from saas.db import db

CHUNK = 1000  # names that are read in one transaction


def read_all() -> Iterator[None]:
    """Note the reading of each name of the workspace that has another than its letters; the caller commits at each
    yield. Done twice it changes nothing more.
    """
    for model in (Account, Contact):
        after = UUID(int=0)
        while found := _unread(model, after):
            _note(model, {row.id: read for row in found if (read := reading(row.name_key))})
            after = found[-1].id
            yield


def _unread(model: Any, after: UUID) -> list[Any]:
    """The next names with signs beyond ASCII; others are looked up as they stand. A change of one meanwhile waits."""
    is_beyond = func.octet_length(model.name_key) > func.char_length(model.name_key)
    statement = select(model.id, model.name_key).where(model.id > after, model.reading.is_(None), is_beyond)
    return list(db.session.execute(statement.order_by(model.id).limit(CHUNK).with_for_update()))


def _note(model: Any, readings: dict[UUID, str]) -> None:
    """Past the ORM, so that the version stays that which forms and undos compare."""
    if readings:
        read = values(column("id", model.id.type), column("reading", model.name_key.type), name="read")
        read = read.data(list(readings.items()))
        noted = update(model).where(model.id == read.c.id)
        noted = noted.values(reading=read.c.reading, updated_at=model.updated_at)
        db.session.execute(noted.execution_options(synchronize_session=False))
