"""What won deals make of their customers, for many deals at once."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from saas.crm.customers import actions as customers
from saas.crm.opportunities import queries
from saas.crm.opportunities.models import Opportunity, Result
from saas.tenants.scope import Actor


def note_won(deals: Iterable[Opportunity], *, by: Actor, batch_id: UUID | None = None) -> None:
    """Whoever has given us one of these deals has bought; the first deal of each is the one that its timeline names."""
    sales = {
        one.account_id: (one.owner, one.name)
        for one in sorted(deals, key=lambda one: str(one.closed_on), reverse=True)
        if one.account_id is not None and one.result is Result.WON
    }
    if sales:
        customers.note_purchases(sales, by=by, batch_id=batch_id)


def withdraw_unwon(account_ids: Iterable[UUID], *, by: Actor, batch_id: UUID | None = None) -> None:
    """Those of these customers who have given us no deal any more have bought nothing."""
    ids = set(account_ids)
    if ids and (unwon := ids - queries.having_won(ids)):
        customers.withdraw_purchases(unwon, by=by, batch_id=batch_id)
