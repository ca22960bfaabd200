"""Several customers or contacts typed at once: saved together, and put away together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from saas import clock
from saas.archive import refuse_archived
from saas.crm.customers import actions, giving, grid_queries
from saas.crm.customers.models import Account, Contact
from saas.db import new_id
from saas.errors import NotFound
from saas.tenants.models import Member

UNDO_FOR = timedelta(days=30)
SAID: dict[type, str] = {Account: actions.CREATED, Contact: actions.CONTACT_CREATED}


def add_accounts(rows: Sequence[Mapping[str, Any]], *, by: Member) -> UUID:
    """Add customers whom one person looks after from now on, as far as he may; returns what their events share."""
    batch_id, owners = new_id(), giving.keepers(by, len(rows))
    owned = [{**row, "owner": owner} for row, owner in zip(rows, owners, strict=True)]
    actions.create_accounts(owned, by=by, batch_id=batch_id)
    return batch_id


def add_contacts(rows: Sequence[Mapping[str, Any]], *, by: Member) -> UUID:
    """Add people, each to his `account`; returns what their events share.

    Raises:
        Archived: one of the customers was put away.
    """
    refuse_archived(*(row["account"] for row in rows))
    batch_id = new_id()
    actions.create_contacts(rows, by=by, batch_id=batch_id)
    return batch_id


def added(model: type[Account] | type[Contact], batch_id: UUID, *, by: Member) -> list[Any]:
    """Read what a member has added at once and may still take back, in the order of its rows."""
    return grid_queries.added(model, SAID[model], batch_id, by=by, since=clock.now() - UNDO_FOR)


def undo(model: type[Account] | type[Contact], batch_id: UUID, *, by: Member) -> tuple[int, int]:
    """Put away what a member has added at once, except that with which something has happened since.

    Returns:
        (how many were put away, how many stay).

    Raises:
        NotFound: he added nothing of this kind under that id within the last thirty days.
    """
    made = added(model, batch_id, by=by)
    if not made:
        raise NotFound
    went_on = grid_queries.having_gone_on(made, batch_id)
    bare = [one for one in made if one.archived_at is None and one.id not in went_on]
    for one in bare:
        if isinstance(one, Account):
            actions.archive_account(one, by=by, batch_id=batch_id)
        else:
            actions.archive_contact(one, by=by, batch_id=batch_id)
    return len(bare), len(made) - len(bare)
