"""What won deals make of their customers, for many deals at once."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from saas.crm.customers import ownership
from saas.crm.customers import purchase_actions as customers
from saas.crm.opportunities import queries
from saas.crm.opportunities.models import Opportunity, Result
from saas.tenants.scope import Actor


def note_won(deals: Iterable[Opportunity], *, by: Actor, batch_id: UUID | None = None, file: str | None = None) -> None:
    """Whoever has given us one of these deals has bought; the first deal of each is the one that its timeline names.

    `file` is the name of the one that brought them, if one did.
    """
    sales = {
        one.account_id: (one.owner, one.name)
        for one in sorted(deals, key=lambda one: str(one.closed_on), reverse=True)
        if one.account_id is not None and one.result is Result.WON
    }
    if sales:
        customers.note_purchases(sales, by=by, batch_id=batch_id, file=file)


def tell_open(account_ids: Iterable[UUID | None]) -> None:
    """Say of these customers whether a deal of theirs is open: without one, a rule of the pool may return them."""
    ids = {one for one in account_ids if one is not None}
    if ids and (wrong := queries.deals_unlike_told(ids)):
        ownership.set_deals(wrong)


def tell_all_open() -> None:
    """`tell_open` for everyone of whom it is not true, however that came."""
    ownership.set_deals(queries.deals_unlike_told())


customers.count_as_purchase(queries.having_won)
