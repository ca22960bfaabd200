"""Marking what a story makes, and clearing it: a worker does that in steps, and may be cut off between any two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, event, select

from saas import clock, search
from saas.crm.fields import custom_actions as custom
from saas.crm.samples import queries
from saas.crm.samples.queries import CLEARED, CLEARING, KINDS, PARTS, ROWS, WITH_THEM
from saas.db import Base, db, new_id
from saas.errors import Conflict, Refused
from saas.tenants import events, scope
from saas.tenants import queries as tenants
from saas.tenants.actions import attachments, trail
from saas.tenants.models import Delivery, Member, Notice, Setting
from saas.tenants.scope import Actor

JOB = "crm.clear_samples"
CHUNK = 100  # records in a transaction
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class NothingToClear(Conflict):
    """There is no sample data here."""


@contextmanager
def marking() -> Iterator[None]:
    """Mark every record that the block makes as a sample, in its transaction."""
    made: dict[str, list[str]] = {}

    def note(session: Any, _context: Any) -> None:
        for row in session.new:
            if row.__tablename__ in KINDS.keys() | WITH_THEM:
                made.setdefault(row.__tablename__, []).append(str(row.id))

    event.listen(db.session, "after_flush", note)
    try:
        yield
        db.session.flush()
    finally:
        event.remove(db.session, "after_flush", note)
    known = {table: [str(one) for one in ids] for table, ids in queries.marked().items()}
    _keep(ROWS, {table: known.get(table, []) + made.get(table, []) for table in {**known, **made}})


def ask(typed: str, *, by: Member) -> None:
    """Have a worker clear the sample data.

    Args:
        typed: the workspace's name, typed by the one who asks.
        by: who asks.

    Raises:
        Refused: what he typed is another name.
        NothingToClear: there is none, or it is being cleared already.
    """
    if typed.strip() != scope.workspace().name.strip():
        raise Refused(_("This is not the name of the workspace."), field="typed_name")
    found = queries.counts()
    if not found or queries.clearing() is not None:
        raise NothingToClear(_("There is no sample data to clear."))
    _keep(CLEARING, {"done": 0, "total": sum(found.values()), "counts": found})
    events.deliver(JOB, key=str(new_id()), due_at=clock.now(), payload={"member_id": by.id})


def stopped() -> Delivery | None:
    """The clearing that was asked for, if it was given up."""
    return tenants.stopped_delivery(JOB) if queries.clearing() is not None else None


def try_again(*, by: Member) -> None:
    """Have a clearing that was given up go on; one that is under way stays as it is."""
    if (delivery := stopped()) is not None:
        trail.retry(delivery.id, by=by)


def clear(by: Actor) -> Iterator[None]:
    """Take all sample records out but those to which somebody has added something; the caller commits at each yield.

    With them go their files, their search entries, the lines of the bell about them, and the portals' people among
    them. Members, roles, settings and the trail stay. Done twice it does nothing more.
    """
    asked = queries.clearing()
    if asked is None:
        return
    for table in queries.order():
        ids = queries.marked().get(table, [])
        while ids:
            _keep(CLEARING, asked | {"done": asked["done"] + _clear_some(table, ids[:CHUNK])})
            asked = queries.clearing() or asked
            ids = ids[CHUNK:]
            yield
    left = queries.counts()
    gone = {table: count - left.get(table, 0) for table, count in asked["counts"].items()}
    events.record(CLEARED, scope.workspace(), by=by, changed={"counts": gone, "kept": left})
    _drop(ROWS, CLEARING)  # what somebody has worked with is his own from now on


def _clear_some(table: str, ids: list[UUID]) -> int:
    model = queries.model_of(table)
    here = list(db.session.scalars(select(model.id).where(model.id.in_(ids)).with_for_update()))
    held = queries.held(model, here)
    gone = [one for one in here if one not in held]
    if gone:
        attachments.forget_all(table, gone)
        search.drop(table, gone)
        custom.drop(gone)
        _forget_notices({str(one) for one in gone})
        for part, column in PARTS:
            _delete_parts(part, column, table, gone)
        _delete(model, model.id.in_(gone))
    return len(gone)


def _delete_parts(part: str, column: str, table: str, ids: list[UUID]) -> None:
    model = queries.model_of(part)
    if Base.metadata.tables[part].c[column].info.get("link") == table:
        _delete(model, getattr(model, column).in_(ids))


def _forget_notices(ids: set[str]) -> None:
    """Lines of the bell whose page is gone."""
    rows = db.session.execute(select(Notice.id, Notice.url)).all()
    _delete(Notice, Notice.id.in_([key for key, url in rows if ids & set(_ID.findall(url))]))


def _delete(model: Any, condition: Any) -> None:
    db.session.execute(delete(model).where(condition).execution_options(synchronize_session=False))


def _keep(key: str, value: dict[str, Any]) -> None:
    found = db.session.scalars(select(Setting).where(Setting.key == key).with_for_update()).one_or_none()
    if found is None:
        db.session.add(Setting(key=key, value=value))
    else:
        found.value = value
    db.session.flush()


def _drop(*keys: str) -> None:
    for row in db.session.scalars(select(Setting).where(Setting.key.in_(keys))):
        db.session.delete(row)
