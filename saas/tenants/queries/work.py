"""Reads of one workspace's settings and its background work."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from saas import clock
from saas.db import db
from saas.found import the_one
from saas.kept import kept
from saas.statements import Statement, written_once
from saas.tenants.models import (
    Delivery,
    Event,
    Setting,
)


@written_once
def _rows() -> Statement:
    return select(Setting.key, Setting.value)


@kept
def _settings() -> dict[str, dict[str, object]]:
    return {row.key: row.value for row in _rows().rows()}


def setting(key: str, default: dict[str, object]) -> dict[str, object]:
    """A choice of the workspace, filled up with the defaults of the code."""
    return {**default, **_settings().get(key, {})}


def settings_under(prefix: str) -> dict[str, dict[str, object]]:
    """The choices of the workspace whose keys begin so, as they are kept."""
    return {key: value for key, value in _settings().items() if key.startswith(prefix)}


def lock_delivery(delivery_id: UUID) -> Delivery:
    """A delivery of the workspace, held until the transaction ends.

    Raises:
        NotFound: there is none of that id.
    """
    return the_one(select(Delivery).where(Delivery.id == delivery_id).with_for_update())


def stopped_deliveries(limit: int = 200) -> list[Delivery]:
    """The work that was given up, last first."""
    return list(
        db.session.scalars(
            select(Delivery)
            .where(Delivery.gave_up_at.is_not(None), Delivery.done_at.is_(None))
            .order_by(Delivery.gave_up_at.desc(), Delivery.id)
            .limit(limit)
        )
    )


def stopped_delivery(handler: str, key: str | None = None) -> Delivery | None:
    """The work of this kind that was given up, the last; with a key, this one alone. None where none was."""
    stopped = (Delivery.handler == handler, Delivery.gave_up_at.is_not(None), Delivery.done_at.is_(None))
    statement = select(Delivery).where(*stopped).order_by(Delivery.gave_up_at.desc(), Delivery.id).limit(1)
    if key is not None:
        statement = statement.where(Delivery.key == key)
    return db.session.scalars(statement).one_or_none()


def retries(limit: int = 10) -> list[Event]:
    """When work that was given up was tried again, and by whom; last first."""
    asked = (Event.subject_kind == Delivery.__tablename__) & (Event.name == "delivery.retried")
    return list(db.session.scalars(select(Event).where(asked).order_by(Event.id.desc()).limit(limit)))


def count_deliveries() -> dict[str, int]:
    """How much work of the workspace is `due`, `planned` for later, `running`, or `stopped` after the last try."""
    now = clock.now()
    is_open = Delivery.gave_up_at.is_(None)
    is_held = is_open & (Delivery.lease_until >= now)
    row = db.session.execute(
        select(
            func.count().filter(is_open, Delivery.due_at <= now, func.coalesce(Delivery.lease_until < now, True)),
            func.count().filter(is_open, Delivery.due_at > now, func.coalesce(Delivery.lease_until < now, True)),
            func.count().filter(is_held),
            func.count().filter(Delivery.gave_up_at.is_not(None)),
        )
        .select_from(Delivery)
        .where(Delivery.done_at.is_(None))
    ).one()
    return dict(zip(("due", "planned", "running", "stopped"), row, strict=True))
