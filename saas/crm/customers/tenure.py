"""How somebody has a customer: since when, after whom, what he promised and until when it is locked.

Whatever gives customers away and can be undone keeps it, so that undone the clocks run on as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from saas import clock
from saas.crm.customers import ownership
from saas.crm.customers.models import Account, AccountShield, ShieldKind
from saas.db import db

Tenure = dict[str, str | None]
DAYS = ("owned_since", "intent_due_at")


def of(account: Account) -> Tenure:
    """The tenure of whoever has a customer now, as JSON takes it."""
    mine = (AccountShield.account_id == account.id, AccountShield.kind == ShieldKind.LOCK)
    locked = db.session.scalar(select(AccountShield.until).where(*mine))
    days = {"owned_since": account.owned_since, "intent_due_at": account.intent_due_at, "locked_until": locked}
    before = account.previous_owner_id
    return {
        **{name: at.isoformat() if at else None for name, at in days.items()},
        "previous_owner_id": str(before) if before else None,
    }


def resume(account: Account, kept: Mapping[str, str | None]) -> None:
    """Have whoever got a customer back have it as before.

    Args:
        account: the customer, with that owner.
        kept: what `of` said.
    """
    days = {name: datetime.fromisoformat(at) if (at := kept[name]) else None for name in DAYS}
    before = kept["previous_owner_id"]
    db.session.refresh(account)
    ownership.put_back(account, account.owner, days | {"previous_owner_id": UUID(before) if before else None})
    until = datetime.fromisoformat(at) if (at := kept["locked_until"]) else None
    if until is not None and until > clock.now() and account.owner_id is not None:
        ownership.shield(account.id, ShieldKind.LOCK, account.owner_id, until=until)
