"""What is promised with a claim: kept or not, in the ledger as among the promises of the customer."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from saas.crm.activities import promise_actions as promises
from saas.crm.activities.models import Promise
from saas.crm.customers import ownership
from saas.crm.customers import queries as customers
from saas.crm.customers.clocks import end_of
from saas.crm.customers.models import Account
from saas.crm.pool import promise_queries
from saas.crm.pool.models import Move, MoveKind
from saas.db import db
from saas.tenants import scope
from saas.tenants.scope import SYSTEM


def _note_kept(account: Account) -> None:
    """The ledger tells that somebody kept what he promised, as it tells that somebody didn't; the promise stands as
    kept wherever promises do."""
    assert account.owner_id is not None
    claim = promise_queries.promised(account.id, account.owner_id)
    place = {"account_id": account.id, "member_id": account.owner_id, "pool_id": account.pool_id}
    db.session.add(Move(kind=MoveKind.KEPT, step=claim.step if claim else None, **place))
    if claim is not None and claim.promise_id is not None:
        settle_of([account.id], is_kept=True)


ownership.watch_promises(_note_kept)


def settle_of(account_ids: Collection[UUID], *, is_kept: bool) -> None:
    """Say of what was promised with the claims of these customers, and is still open, whether it was kept."""
    for promise in promise_queries.open_of(account_ids):
        promises.settle(promise, is_kept=is_kept, by=promise.owner if is_kept else SYSTEM)


def _heed(promise: Promise) -> None:
    """Whoever says that he kept what he promised with a claim has kept it; whoever takes that back has it before him
    again."""
    claim = promise_queries.claim_of(promise.id)
    if claim is None:
        return
    account = customers.lock_account(claim.account_id)
    if account.owner_id != claim.member_id or account.archived_at is not None:
        return
    if promise.is_kept:
        ownership.keep_promise(account)
    elif promise.settled_at is None and account.intent_due_at is None and not _has_spoken(account):
        ownership.promise(account, end_of(promise.due_on, scope.workspace().timezone))


def _has_spoken(account: Account) -> bool:
    """True when its owner has spoken to the customer since he has it, which keeps every promise."""
    since, at = account.owned_since, account.last_contact_at
    return since is not None and at is not None and at >= since


promises.watch_settled(_heed)
