"""What is done with confidential details: kept, shown, taken away; each leaves a line that doesn't hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from saas.archive import refuse_archived
from saas.crm.customers.models import Account, Contact
from saas.crm.sealed import queries
from saas.crm.sealed.models import DETAILS, Detail, SealedValue
from saas.db import db, new_id
from saas.errors import Conflict
from saas.tenants import events
from saas.tenants.scope import Actor

KEPT, REMOVED, SHOWN = "sealed.kept", "sealed.removed", "sealed.shown"
AT_ONCE = 500  # rows sealed anew in one transaction


def keep(record: Account | Contact, values: Mapping[Detail, str | None], *, by: Actor) -> list[Detail]:
    """Write confidential details of a customer or a contact.

    Args:
        record: whose they are.
        values: detail → its text; None takes it away. What is absent stays.

    Returns:
        The details that changed.

    Raises:
        Archived: the record was put away.
    """
    refuse_archived(record)
    before = queries.of_record(record.__tablename__, record.id)
    changed = [detail for detail in DETAILS[record.__tablename__] if detail in values]
    changed = [d for d in changed if not _is_same(before.get(d), values[d])]
    for detail in changed:
        text, row = values[detail], before.get(detail)
        if text is None:
            db.session.delete(row)
        else:
            _write(row or _fresh(record, detail), text)
        name = REMOVED if text is None else KEPT
        events.record(name, record, by=by, changed=_facts(record, detail), account_id=_account_of(record))
    db.session.flush()
    return changed


def show(row: SealedValue, *, by: Actor) -> str:
    """Open one detail for a reader, and write down that he looked.

    Raises:
        Conflict: it can't be opened.
    """
    text = queries.opened(row)
    if text is None:
        raise Conflict(queries.unreadable())
    record = queries.record_of(row)
    events.record(SHOWN, record, by=by, changed=_facts(record, row.detail), account_id=_account_of(record))
    return text


def seal_anew(after: UUID | None) -> tuple[int, int, UUID | None]:
    """Seal some rows of the workspace in scope with the newest key.

    Args:
        after: the row that the call before ended with.

    Returns:
        How many were sealed anew, how many can't be opened, and where to go on; None where nothing is left.
    """
    rows = queries.not_of_newest(after, AT_ONCE)
    readable = [(row, text) for row in rows if (text := queries.opened(row)) is not None]
    for row, text in readable:
        _write(row, text)
    db.session.flush()
    return len(readable), len(rows) - len(readable), rows[-1].id if len(rows) == AT_ONCE else None


def _fresh(record: Account | Contact, detail: Detail) -> SealedValue:
    row = SealedValue(id=new_id(), detail=detail)
    setattr(row, queries.COLUMNS[record.__tablename__].key, record.id)
    db.session.add(row)
    return row


def _write(row: SealedValue, text: str) -> None:
    row.kept = queries.sealer().seal(text, row.id, row.detail)
    row.fingerprint = queries.same(text)


def _is_same(row: SealedValue | None, text: str | None) -> bool:
    return text is None if row is None else queries.opened(row) == text


def _account_of(record: Account | Contact) -> UUID:
    return record.account_id if isinstance(record, Contact) else record.id


def _facts(record: Account | Contact, detail: Detail) -> dict[str, Any]:
    return {"detail": detail} | ({"name": record.name} if isinstance(record, Contact) else {})
