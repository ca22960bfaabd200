"""What sales make of customers: they have bought, they have not, and an undo of what a file said of that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from saas.crm.customers import ownership, queries
from saas.crm.customers.models import Account, Standing
from saas.tenants import events
from saas.tenants.models import Member
from saas.tenants.scope import Actor

BOUGHT, NOT_BOUGHT, PUT_BACK = "account.bought", "account.not_bought", "account.put_back"


def note_purchases(
    sales: Mapping[UUID, tuple[Member | None, str]],
    *,
    by: Actor,
    batch_id: UUID | None = None,
    file: str | None = None,
) -> list[Account]:
    """Customers have bought: from now on no rule returns them to the pool. Who lay there goes to whose sale it was.

    Args:
        sales: account → (whose sale it was, the deal's name for the timeline).
        by: who says so.
        batch_id: shared by their events.
        file: the name of the one that says so, if one does.

    Returns:
        Those of whom it was the first purchase that we know of.
    """
    bought = [a for a in queries.lock_accounts(sales) if a.standing is not Standing.CUSTOMER]
    given: dict[Member, list[Account]] = {}
    facts: list[tuple[Account, dict[str, Any]]] = []
    for account in bought:
        owner, what = sales[account.id]
        facts.append(
            (
                account,
                _of_file(file)
                | {
                    "what": what,
                    "standing": [account.standing, Standing.CUSTOMER],
                    "owner": owner.name if owner else None,
                },
            )
        )
        if account.owner_id is None and owner is not None:
            given.setdefault(owner, []).append(account)
    for owner, accounts in given.items():
        ownership.give_from_pool(accounts, owner)
    ownership.set_bought(bought)
    events.record_many(BOUGHT, facts, by=by, batch_id=batch_id)
    return bought


_holding: list[Callable[[Collection[UUID]], Collection[UUID]]] = []


def count_as_purchase(having: Callable[[Collection[UUID]], Collection[UUID]]) -> None:
    """Have what makes customers, as won deals do, tell which of some accounts it holds for. Done at import."""
    _holding.append(having)


def withdraw_purchases(
    account_ids: Collection[UUID], *, by: Actor, batch_id: UUID | None = None, file: str | None = None
) -> None:
    """Something that made them customers was undone: those for whom nothing else holds are as any others again.

    One that was a customer before any deal of ours was won stays one. `file` names the one whose import was undone.
    """
    left = set(account_ids)
    for having in _holding:
        left -= set(having(left)) if left else set()
    said = queries.having_event(left, BOUGHT) if left else ()
    lost = [a for a in queries.lock_accounts(said) if a.standing is Standing.CUSTOMER]
    ownership.set_not_bought(lost)
    facts = [(account, _of_file(file) | {"standing": [Standing.CUSTOMER, account.standing]}) for account in lost]
    events.record_many(NOT_BOUGHT, facts, by=by, batch_id=batch_id)


def put_back(
    images: Sequence[tuple[Account, Mapping[str, Any]]], *, by: Actor, file: str, batch_id: UUID | None
) -> None:
    """Undo of what the deals of a file made of customers: owner, standing, place in the pool and clocks as before.

    Args:
        images: customers, each with what `ownership.images` said of it before.
        by: who undoes it.
        file: its name.
        batch_id: of the import.
    """
    facts: list[tuple[Account, dict[str, Any]]] = []
    for account, image in images:
        changed = {name: [getattr(account, name), was] for name, was in image.items() if getattr(account, name) != was}
        facts.append((account, _of_file(file) | changed))
        ownership.put_back_in_place(account, image)
    events.record_many(PUT_BACK, facts, by=by, batch_id=batch_id)


def _of_file(file: str | None) -> dict[str, Any]:
    return {"file": file} if file else {}
