"""Did: one row for what happened, which is audit trail, timeline and outbox at once.

`record` writes the event and, for each handler that wants it, a delivery, in the transaction of the change itself: no
committed fact without its effect, no effect without a committed fact. Handlers sign up from the floor above with
`want`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import bindparam, insert
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock, wake
from saas.db import THE_TENANT, current_tenant, db, new_id
from saas.statements import Statement, table_of, written_once
from saas.tenants import scope, seal
from saas.tenants.models import Delivery, Event
from saas.tenants.scope import Actor

WRITTEN = (*[field for field in seal.FIELDS if field != "tenant_id"], "mac")


class EventName(StrEnum):
    """Everything that can happen, `noun.past_verb`."""

    WORKSPACE_CREATED = "workspace.created"
    WORKSPACE_CHANGED = "workspace.changed"
    WORKSPACE_EXPORTED = "workspace.exported"
    MEMBER_INVITED = "member.invited"
    MEMBER_JOINED = "member.joined"
    MEMBER_CHANGED = "member.changed"
    MEMBER_REMOVED = "member.removed"
    INVITATION_REVOKED = "invitation.revoked"
    ROLE_CHANGED = "role.changed"
    TEAM_CHANGED = "team.changed"
    SESSION_STARTED = "session.started"
    SESSION_ENDED = "session.ended"
    PORTAL_USER_INVITED = "portal_user.invited"
    PORTAL_USER_JOINED = "portal_user.joined"
    PORTAL_USER_CHANGED = "portal_user.changed"
    PORTAL_USER_SIGNED_IN = "portal_user.signed_in"
    PORTAL_USER_SIGNED_OUT = "portal_user.signed_out"
    FILE_ADDED = "file.added"
    FILE_REMOVED = "file.removed"
    FILE_PUT_BACK = "file.put_back"
    ACCESS_DENIED = "access.denied"
    DELIVERY_RETRIED = "delivery.retried"


_wanted: dict[str, list[str]] = defaultdict(list)


def want(name: str, handler: str) -> None:
    """Have `handler` (its registered name) called for every event `name`. Done at import by `saas/jobs/triggers.py`."""
    if handler not in _wanted[name]:
        _wanted[name].append(handler)


def record(
    name: str,
    subject: Any,
    *,
    by: Actor,
    changed: Mapping[str, Any] | None = None,
    account_id: UUID | None = None,
    batch_id: UUID | None = None,
) -> Event:
    """Write down that something happened to `subject`, in this transaction.

    Args:
        name: an EventName, or the capability's own `noun.past_verb`.
        subject: the row it happened to; flushed or not.
        by: who did it.
        changed: what changed, field → [before, after], or facts of the event; turned into JSON.
        account_id: the account whose timeline shows it; the subject's own `account_id` when left out.
        batch_id: shared by the events of one bulk verb.
    """
    (event,) = record_many(name, [(subject, changed or {})], by=by, account_id=account_id, batch_id=batch_id)
    return event


def record_many(
    name: str,
    subjects: Iterable[tuple[Any, Mapping[str, Any]]],
    *,
    by: Actor,
    account_id: UUID | None = None,
    batch_id: UUID | None = None,
) -> list[Event]:
    """`record` for each (subject, changed), many to an insert; handlers are called once for a batch, for its first."""
    at = clock.now()
    events = [
        Event(
            tenant_id=current_tenant(),
            id=new_id(),
            name=str(name),
            actor_kind=scope.actor_kind(by),
            actor_id=by.id,
            subject_kind=subject.__tablename__,
            subject_id=_id_of(subject),
            account_id=account_id or _account_of(subject),
            changed=plain(changed),
            batch_id=batch_id,
            request_id=scope.request_id(),
            created_at=at,
        )
        for subject, changed in subjects
    ]
    if len(events) == 1:
        _write(events[0])
    else:
        db.session.add_all(events)
    for event in events[:1] if batch_id else events:
        for handler in _wanted.get(event.name, ()):
            deliver(handler, key=str(event.id), event=event, due_at=at)
    return events


def _write(event: Event) -> None:
    """Write one event with whatever is asked next: nothing waits for it, and most verbs tell of one."""
    row = {field: getattr(event, field) for field in seal.FIELDS}
    key = seal.key(current_app.extensions["config"].secret_key, event.tenant_id)
    values = row | {"mac": seal.mark(key, row)}
    _told().run(**{f"a_{field}": values[field] for field in WRITTEN})


@written_once
def _told() -> Statement:
    row: dict[str, Any] = {field: bindparam(f"a_{field}") for field in WRITTEN}
    return insert(table_of(Event)).values(tenant_id=THE_TENANT, **row)


def deliver(
    handler: str,
    *,
    key: str,
    due_at: datetime,
    event: Event | None = None,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Ask `handler` to act once for `key`, not before `due_at`; asking again with the same key changes nothing."""
    _promised().run(
        a_id=new_id(),
        a_handler=handler,
        a_key=key,
        an_event=event.id if event is not None else None,
        a_payload=plain(payload or {}),
        due=due_at,
        now=clock.now(),
    )
    if due_at <= clock.now():
        wake.after_commit(current_tenant())


@written_once
def _promised() -> Statement:
    row: dict[str, Any] = {
        "id": bindparam("a_id"),
        "handler": bindparam("a_handler"),
        "key": bindparam("a_key"),
        "event_id": bindparam("an_event"),
        "payload": bindparam("a_payload"),
        "due_at": bindparam("due"),
        "created_at": bindparam("now"),
    }
    promised = upsert(table_of(Delivery)).values(tenant_id=THE_TENANT, attempts=0, **row)
    return promised.on_conflict_do_nothing(index_elements=["tenant_id", "handler", "key"])


def deliver_many(rows: list[dict[str, Any]]) -> None:
    """`deliver` for many rows of {handler, key, due_at, payload}, in one statement."""
    if not rows:
        return
    full = [
        {
            "tenant_id": current_tenant(),
            "id": new_id(),
            "attempts": 0,
            "created_at": clock.now(),
            "payload": {},
            "event_id": None,
        }
        | row
        for row in rows
    ]
    statement = upsert(Delivery).values(full).on_conflict_do_nothing(index_elements=["tenant_id", "handler", "key"])
    added = db.session.execute(statement)
    if added.rowcount:  # type: ignore[attr-defined]
        wake.after_commit(current_tenant())


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: ids, times, money and enums become their text."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _id_of(subject: Any) -> UUID:
    if subject.id is None:
        subject.id = new_id()
    found: UUID = subject.id
    return found


def _account_of(subject: Any) -> UUID | None:
    if subject.__tablename__ == "account":
        return _id_of(subject)
    found = getattr(subject, "account_id", None)
    return found if isinstance(found, UUID) else None
