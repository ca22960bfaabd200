"""The verbs of deliveries: taken under a lease, begun, finished once, put off, given up, tried again.

A lease is a token on the row and an instant. Whoever holds the token may finish; once another has taken the delivery
over, the first can change nothing any more. None of these commits: `saas/jobs/runner.py` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from saas import clock, wake
from saas.db import current_tenant, db
from saas.errors import BusinessError
from saas.tenants import events, notices, queries, scope
from saas.tenants.events import EventName
from saas.tenants.models import Delivery
from saas.tenants.permissions import Permission
from saas.tenants.scope import Actor

TRIES = 5
FIRST_WAIT = timedelta(seconds=30)  # before the second try; four times as long before each further one
LOOK_AGAIN = timedelta(minutes=1)  # for a part that the machine lacks
ERROR_LENGTH = 300


class NotStopped(BusinessError):
    """The delivery waits, runs or is done: there is nothing to try again."""


@dataclass(frozen=True)
class Hold:
    """A delivery that this process may work on, for as long as the row carries `lease`."""

    id: UUID
    lease: UUID
    handler: str
    event_id: UUID | None
    payload: dict[str, Any]


def waiting(now: datetime) -> ColumnElement[bool]:
    """The condition for deliveries that are due and in nobody's hands."""
    return and_(
        Delivery.done_at.is_(None),
        Delivery.gave_up_at.is_(None),
        Delivery.due_at <= now,
        or_(Delivery.lease_until.is_(None), Delivery.lease_until < now),
    )


def take(limit: int, *, lease: timedelta) -> list[Hold]:
    """Put up to `limit` due deliveries of the workspace under a lease, oldest first; passes by those being taken."""
    now, token = clock.now(), uuid4()
    due = (
        select(Delivery.id)
        .where(waiting(now))
        .order_by(Delivery.due_at, Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(db.session.scalars(due))
    if not ids:
        return []
    taken = db.session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids))
        .values(lease=token, lease_until=now + lease)
        .returning(Delivery.id, Delivery.handler, Delivery.event_id, Delivery.payload)
        .execution_options(synchronize_session=False)
    ).all()
    found = {row.id: Hold(row.id, token, row.handler, row.event_id, row.payload) for row in taken}
    return [found[key] for key in ids]


def begin(hold: Hold, *, lease: timedelta) -> bool:
    """Count a try and renew the lease; False when another has the delivery now, or its tries are used up.

    The tries are counted here and not at the end, so that one that takes its process down is counted too.
    """
    row = _lock(hold)
    if row is None:
        return False
    if row.attempts >= TRIES:
        row.last_error = row.last_error or "the process ended each time"
        _give_up(row)
        return False
    row.attempts += 1
    row.lease_until = clock.now() + lease
    return True


def extend(hold: Hold, *, lease: timedelta) -> bool:
    """Renew the lease; False when another has the delivery now."""
    return _change(hold, lease_until=clock.now() + lease)


def finish(hold: Hold) -> bool:
    """Mark the delivery done, in the transaction of its effect; False when another has it now."""
    return _change(hold, done_at=clock.now(), lease=None, lease_until=None, last_error=None)


def release(hold: Hold) -> None:
    """Give back a delivery that was taken and not begun."""
    _change(hold, lease=None, lease_until=None)


def put_off(hold: Hold, error: str) -> bool:
    """Note why a try failed and wait for the next; after the last one give up, tell those who look after jobs, and
    return True.
    """
    row = _lock(hold)
    if row is None:
        return False
    row.last_error = error[:ERROR_LENGTH]
    row.lease = row.lease_until = None
    if row.attempts >= TRIES:
        _give_up(row)
        return True
    row.due_at = clock.now() + FIRST_WAIT * 4 ** (row.attempts - 1)
    return False


def wait(hold: Hold, why: str) -> None:
    """Look again later for what the delivery needs; that was no try."""
    row = _lock(hold)
    if row is not None:
        row.last_error = why[:ERROR_LENGTH]
        row.lease = row.lease_until = None
        row.attempts -= 1
        row.due_at = clock.now() + LOOK_AGAIN


def retry(delivery_id: UUID, *, by: Actor) -> Delivery:
    """Let a delivery that was given up be tried again, at once and from the first try.

    Raises:
        NotFound: the workspace has no such delivery.
        NotStopped: it was not given up.
    """
    row = queries.lock_delivery(delivery_id)
    if row.gave_up_at is None:
        raise NotStopped(_("This job isn't stopped: it waits for its time, or is done."))
    row.gave_up_at = None
    row.attempts = 0
    row.due_at = clock.now()
    events.record(EventName.DELIVERY_RETRIED, row, by=by, changed={"handler": row.handler})
    wake.after_commit(current_tenant())
    return row


def forget_done(*, older_than: timedelta, limit: int = 5000) -> int:
    """Remove up to `limit` deliveries that were done more than `older_than` ago; returns how many."""
    before = clock.now() - older_than
    old = select(Delivery.id).where(Delivery.done_at < before).limit(limit)
    gone = db.session.execute(delete(Delivery).where(Delivery.id.in_(old)).execution_options(synchronize_session=False))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _give_up(row: Delivery) -> None:
    row.gave_up_at = clock.now()
    row.lease = row.lease_until = None
    day = row.gave_up_at.date().isoformat()  # a hundred letters that can't leave are one line behind the bell
    url = f"/{scope.workspace().slug}/settings/jobs"
    for member in queries.members_with(Permission.WORKSPACE_JOBS):
        notices.tell(member, "job.stopped", f"job.stopped:{row.handler}:{day}", url)


def _lock(hold: Hold) -> Delivery | None:
    return db.session.scalars(select(Delivery).where(_held(hold)).with_for_update()).one_or_none()


def _held(hold: Hold) -> ColumnElement[bool]:
    return and_(Delivery.id == hold.id, Delivery.lease == hold.lease, Delivery.done_at.is_(None))


def _change(hold: Hold, **values: Any) -> bool:
    statement = update(Delivery).where(_held(hold)).values(**values)
    done = db.session.execute(statement.execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined]
