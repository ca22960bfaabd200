"""Into the pool and out of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock, ui
from saas.archive import refuse_archived
from saas.crm.activities import promise_actions as promises
from saas.crm.customers import actions as account_actions
from saas.crm.customers import giving, ownership
from saas.crm.customers import queries as customers
from saas.crm.customers.clocks import end_of
from saas.crm.customers.models import Account, Standing
from saas.crm.pool import promise_actions, queries, sweep_queries
from saas.crm.pool.models import Move, MoveKind, ReleaseReason, Sweep
from saas.crm.pool.rooms import QuotaReached as QuotaReached
from saas.crm.pool.rooms import Shut as Shut
from saas.crm.pool.rules import Promise, Rules, midnight
from saas.db import current_tenant, db, new_id
from saas.errors import Conflict, Forbidden, NotFound, Refused
from saas.tenants import events, notices, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Member, MemberStatus
from saas.tenants.scope import SYSTEM, Actor

CLAIMED, RELEASED, RECLAIMED = "account.claimed", "account.released", "account.reclaimed"


class AlreadyClaimed(Conflict):
    """Somebody was faster; `who` says who has it and since when, what is said to the reader also what else is free."""

    def __init__(self, account: Account, who: str, more: str) -> None:
        super().__init__(f"{who} {more}" if more else who)
        self.account, self.who = account, who


class Resting(Refused):
    """Whoever lost the customer must leave it to others for a while."""


def claim(account_id: UUID, *, by: Member, promise: Promise | None = None, now: datetime | None = None) -> Move:
    """Make `by` the owner of an account that lies in a pool.

    Args:
        account_id: an account of the workspace.
        by: who wants it.
        promise: what he does next; a date that passes without contact returns the customer before any other rule.
        now: instant of the claim, UTC; the clock's when left out.

    Raises:
        NotFound: the workspace has no such account, or it is archived.
        AlreadyClaimed: somebody looks after it; names him.
        Shut: the pool isn't open to him, or the customer has just come.
        Resting: `by` lost it a few days ago.
        QuotaReached: `by` has no room left, today or at all. A refusal uses up nothing: only claims are counted.
        Refused: the pool wants a promise, or the day is past.
    """
    at = now or clock.now()
    account = customers.lock_account(account_id)
    if account.archived_at is not None:
        raise NotFound
    if account.owner is not None:
        raise AlreadyClaimed(account, _who_has(account, account.owner, by, at), _free_like(account))
    rules = queries.rules(account.pool_id)
    _check_door(account, by, rules, at)
    _check_promise(promise, rules, at)
    _check_rest(account, by, rules, at)
    _check_room(tenants.lock_member(by), rules, at)  # locked: two claims at once can't both take the last place
    move = _take_out(account, by, MoveKind.CLAIMED, promise, at)
    events.record(CLAIMED, account, by=by, changed=_promised(promise))
    if promise is not None:
        move.promise_id = promises.make(account, promise.step, promise.by, owner=by, by=by).id
    return move


def assign(
    account_id: UUID,
    to: Member,
    *,
    by: Member,
    rule: dict[str, Any] | None = None,
    batch_id: UUID | None = None,
    beyond: bool = False,
) -> Move:
    """Give a customer that lies in a pool to a member; caps on holdings hold for him too, his claims aren't counted.

    Args:
        account_id: the customer.
        to: who gets it.
        by: an admin of its pool.
        rule: by which of the pool's rules, as the ledger keeps it; None: by hand.
        batch_id: shared by the events of many.
        beyond: he may come to hold more than he may; whoever gives knows it.

    Raises:
        NotFound: the workspace has no such account, or it is archived.
        AlreadyClaimed: somebody looks after it; names him.
        Forbidden: `by` isn't an admin of its pool.
        Shut: the pool isn't open to `to`.
        Refused: `to` no longer works here.
        QuotaReached: `to` has no room left.
    """
    at = clock.now()
    account = customers.lock_account(account_id)
    if account.archived_at is not None:
        raise NotFound
    if account.owner is not None:
        raise AlreadyClaimed(account, _who_has(account, account.owner, by, at), "")
    if not queries.leads(by, account.pool_id):
        raise Forbidden
    if to.status is not MemberStatus.ACTIVE:
        raise Refused(_("%(name)s can't be given anything to do.", name=to.name))
    noted = giving.noted(giving.check([account], to, beyond=beyond))
    move = _take_out(account, to, MoveKind.ASSIGNED, None, at)
    move.rule = rule
    facts = {"owner": [None, to.name], "owner_id": to.id, "from_pool": True} | noted
    events.record(account_actions.ASSIGNED, account, by=by, changed=facts, batch_id=batch_id)
    return move


def release(account: Account, *, by: Member, reason: ReleaseReason, note: str | None = None) -> Move:
    """Give a customer back to the pool, with what the next one should know.

    Raises:
        Archived: it was put away.
        Refused: nobody looks after it, or it has bought: then a colleague takes it over.
    """
    account = customers.lock_account(account.id)
    refuse_archived(account)
    if account.owner_id is None:
        raise Refused(_("%(name)s lies in the pool already.", name=account.name))
    if account.standing is Standing.CUSTOMER:
        raise Refused(
            _("%(name)s has bought from you and stays out of the pool. Give it to a colleague.", name=account.name)
        )
    return _put_back(account, MoveKind.RELEASED, reason.value, note, by=by)


def reclaim(account_id: UUID, *, now: datetime | None = None, sweep_id: UUID | None = None) -> bool:
    """Return an account to the pool if the rules still say so, looked at again under lock; True when it went.

    Args:
        account_id: which.
        now: the instant that counts; the clock's when left out.
        sweep_id: of the sweep that left it to be looked at by itself.
    """
    at = now or clock.now()
    account = customers.lock_account(account_id)
    ownership.set_reclaim(account)
    if account.archived_at is not None:
        return False
    if account.owner_id is None or account.reclaim_at is None or account.reclaim_at > at:
        return False
    reason = account.reclaim_reason.value if account.reclaim_reason else None
    if sweep_id is not None:
        note_taken(sweep_id, [reason])
    move = _put_back(account, MoveKind.RECLAIMED, reason, None, by=SYSTEM, sweep_id=sweep_id)
    url = f"/{scope.workspace().slug}/customers/{account.id}"
    owner = tenants.member(move.member_id)
    notices.tell(owner, "pool.returned", f"pool.returned:{move.id}", url, name=account.name, reason=reason)
    return True


def note_taken(sweep_id: UUID, reasons: Iterable[str | None]) -> None:
    """Add to what a sweep has taken, one reason for each customer; its row is made with the first."""
    row = {"tenant_id": current_tenant(), "id": sweep_id, "counts": {}, "looked_at": 0, "back": 0}
    made = upsert(Sweep).values(row | {"created_at": clock.now()}).on_conflict_do_nothing()
    db.session.execute(made)
    sweep = sweep_queries.lock(sweep_id)
    sweep.counts = dict(Counter(sweep.counts) + Counter(reason or "" for reason in reasons))


def _take_out(account: Account, to: Member, kind: MoveKind, promise: Promise | None, at: datetime) -> Move:
    ownership.give(account, to, now=at)
    if promise is not None:
        ownership.promise(account, end_of(promise.by, scope.workspace().timezone))
        db.session.flush()
    return _note_taken_out(account, to, kind, promise, at)


def _note_taken_out(account: Account, to: Member, kind: MoveKind, promise: Promise | None, at: datetime) -> Move:
    told = {"step": promise.step, "step_by": promise.by} if promise else {}
    place = {"account_id": account.id, "pool_id": account.pool_id}
    move = Move(account=account, member_id=to.id, kind=kind, created_at=at, **place, **told)
    db.session.add(move)
    return move


def _note_given(account: Account, before: Member | None, to: Member) -> None:
    """The ledger says it too where somebody gives a customer away on its own page, in the list or by a file, and where
    a whole book is handed over."""
    if before is None:
        _note_taken_out(account, to, MoveKind.ASSIGNED, None, clock.now())
    elif before.id != to.id:
        place = {"account_id": account.id, "pool_id": account.pool_id, "member_id": to.id}
        db.session.add(Move(kind=MoveKind.HANDED_OVER, from_id=before.id, **place))


giving.watch(_note_given)


def _promised(promise: Promise | None) -> dict[str, Any]:
    return {"step": promise.step, "step_by": promise.by} if promise else {}


def _put_back(
    account: Account,
    kind: MoveKind,
    reason: str | None,
    note: str | None,
    *,
    by: Actor,
    sweep_id: UUID | None = None,
) -> Move:
    lost_by = account.owner
    assert lost_by is not None
    had_bought = account.standing is Standing.CUSTOMER
    ownership.give(account, None)
    promise_actions.settle_of([account.id], is_kept=False)
    move = Move(
        id=new_id(),
        account_id=account.id,
        pool_id=account.pool_id,
        member_id=lost_by.id,
        kind=kind,
        reason=reason,
        note=note or None,
        had_bought=had_bought,
        sweep_id=sweep_id,
    )
    db.session.add(move)
    name = RELEASED if kind is MoveKind.RELEASED else RECLAIMED
    events.record(
        name, account, by=by, changed={"from": lost_by.name, "from_id": lost_by.id, "reason": reason, "note": note}
    )
    return move


def _who_has(account: Account, owner: Member, by: Member, now: datetime) -> str:
    if owner.id == by.id:
        return _("It is yours already.")
    last = queries.last_move(account.id)
    if last is None or last.kind is not MoveKind.CLAIMED or last.member_id != owner.id:
        return _("%(owner)s looks after it.", owner=owner.name)
    seconds = max(1, int((now - last.created_at).total_seconds()))  # his clock may be ahead of ours, who waited for him
    if seconds < 60:
        return ngettext(
            "%(owner)s claimed it a second ago.",
            "%(owner)s claimed it %(num)s seconds ago.",
            seconds,
            owner=owner.name,
        )
    if seconds < 3600:
        return ngettext(
            "%(owner)s claimed it a minute ago.",
            "%(owner)s claimed it %(num)s minutes ago.",
            seconds // 60,
            owner=owner.name,
        )
    return _("%(owner)s looks after it.", owner=owner.name)


def _free_like(account: Account) -> str:
    free = queries.count_like(account) if account.industry else 0
    if not free:
        return ""
    return ngettext("%(num)s similar customer is free.", "%(num)s similar customers are free.", free)


def _check_door(account: Account, by: Member, rules: Rules, now: datetime) -> None:
    if not queries.doors(by).lets_in(account.pool_id):
        raise Shut(_("This pool is for other members."))
    if rules.fresh and account.pooled_at and rules.open_on(account.pooled_at) > now:
        when = ui.words().dated_moment(rules.open_on(account.pooled_at))
        raise Shut(_("%(name)s has just come. It may be claimed from %(date)s.", name=account.name, date=when))


def _check_promise(promise: Promise | None, rules: Rules, now: datetime) -> None:
    if promise is None:
        if rules.must_promise:
            raise Refused(_("Say what you do next, and until when."), field="step")
    elif promise.by < clock.local(now, scope.workspace().timezone).date():
        raise Refused(_("This day is past."), field="step_by")


def _check_rest(account: Account, by: Member, rules: Rules, now: datetime) -> None:
    lost = queries.lost_at(account.id, by)
    if lost is not None and rules.free_on(lost) > now:
        until = ui.words().dated_moment(rules.free_on(lost))
        raise Resting(
            _("You had %(name)s until lately. You may claim it again from %(date)s.", name=account.name, date=until)
        )


def _check_room(by: Member, rules: Rules, now: datetime) -> None:
    held = queries.count_holdings(by) if rules.holdings else 0
    if rules.holdings and held >= rules.holdings:
        facts = {"held": held, "most": rules.holdings}
        raise QuotaReached(_("You hold %(held)s of at most %(most)s customers. Give one back first.", **facts))
    if rules.daily and queries.count_claims_today(by, now) >= rules.daily:
        when = ui.words().dated_moment(midnight(now, scope.workspace().timezone, days=1))
        raise QuotaReached(
            _("You have claimed %(n)s customers today. You may claim more from %(date)s.", n=rules.daily, date=when)
        )
