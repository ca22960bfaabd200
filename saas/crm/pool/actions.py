"""Into the pool and out of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import format_datetime, ngettext
from flask_babel import gettext as _

from saas import clock
from saas.archive import refuse_archived
from saas.crm.customers import ownership
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account, Standing
from saas.crm.pool import queries
from saas.crm.pool.models import Move, MoveKind, ReleaseReason
from saas.crm.pool.rules import KEY, Rules, days_left
from saas.db import db, new_id
from saas.errors import Conflict, NotFound, Refused
from saas.tenants import events, notices, scope
from saas.tenants import queries as tenants
from saas.tenants.actions import settings
from saas.tenants.models import Member
from saas.tenants.scope import SYSTEM, Actor

CLAIMED, RELEASED, RECLAIMED = "account.claimed", "account.released", "account.reclaimed"
SWEEP = 5000  # accounts one look takes
WARN_DAYS = (7, 3, 1)  # before a customer returns


class AlreadyClaimed(Conflict):
    """Somebody was faster; `who` says who has it and since when, what is said to the reader also what else is free."""

    def __init__(self, account: Account, who: str, more: str) -> None:
        super().__init__(f"{who} {more}" if more else who)
        self.account, self.who = account, who


class Resting(Refused):
    """Whoever lost the customer must leave it to others for a while."""


class QuotaReached(Refused):
    """The member has claimed, or holds, as many as the workspace allows."""


def claim(account_id: UUID, *, by: Member, now: datetime | None = None) -> Move:
    """Make `by` the owner of an account that lies in the pool.

    Args:
        account_id: an account of the workspace.
        by: who wants it.
        now: instant of the claim, UTC; the clock's when left out.

    Raises:
        NotFound: the workspace has no such account, or it is archived.
        AlreadyClaimed: somebody looks after it; names him.
        Resting: `by` lost it a few days ago.
        QuotaReached: `by` has no room left, today or at all. A refusal uses up nothing: only claims are counted.
    """
    at = now or clock.now()
    account = customers.lock_account(account_id)
    if account.archived_at is not None:
        raise NotFound
    if account.owner is not None:
        raise AlreadyClaimed(account, _who_has(account, account.owner, by, at), _free_like(account))
    rules = queries.rules()
    _check_rest(account, by, rules, at)
    _check_room(tenants.lock_member(by), rules, at)  # locked: two claims at once can't both take the last place
    ownership.give(account, by, now=at)
    move = Move(account=account, account_id=account.id, member_id=by.id, kind=MoveKind.CLAIMED, created_at=at)
    db.session.add(move)
    events.record(CLAIMED, account, by=by)
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


def reclaim(account_id: UUID, *, now: datetime | None = None) -> bool:
    """Return an account to the pool if the rules still say so, looked at again under lock; True when it went."""
    at = now or clock.now()
    account = customers.lock_account(account_id)
    ownership.set_reclaim(account)
    if account.archived_at is not None:
        return False
    if account.owner_id is None or account.reclaim_at is None or account.reclaim_at > at:
        return False
    reason = account.reclaim_reason.value if account.reclaim_reason else None
    move = _put_back(account, MoveKind.RECLAIMED, reason, None, by=SYSTEM)
    url = f"/{scope.workspace().slug}/customers/{account.id}"
    notices.tell(tenants.member(move.member_id), "pool.returned", f"pool.returned:{move.id}", url, name=account.name)
    return True


def plan_reclaims(job: str, *, now: datetime | None = None) -> int:
    """Ask `job` to look at each account whose time is over, once for each date of return; returns how many."""
    at = now or clock.now()
    found = queries.due(at, SWEEP)
    rows = [
        {
            "handler": job,
            "key": f"{account_id}@{due.isoformat()}",
            "due_at": at,
            "payload": {"account_id": str(account_id)},
        }
        for account_id, due in found
    ]
    events.deliver_many(rows)
    return len(rows)


def warn_owners(*, now: datetime | None = None) -> int:
    """Tell each member whose customers return in seven, three or one day, in one notice a day; returns how many."""
    at = now or clock.now()
    by_owner: dict[UUID, list[Account]] = {}
    for account in queries.returning(at, within=timedelta(days=WARN_DAYS[0])):
        if account.reclaim_at and account.owner_id and days_left(account.reclaim_at, at) in WARN_DAYS:
            by_owner.setdefault(account.owner_id, []).append(account)
    for mine in by_owner.values():
        _warn(mine, at)
    return len(by_owner)


def _warn(mine: list[Account], now: datetime) -> None:
    owner, first = mine[0].owner, mine[0]
    assert owner is not None
    key = f"pool.returning@{clock.local(now, owner.timezone):%Y-%m-%d}"
    url = f"/{scope.workspace().slug}/pool/returning"
    notices.tell(owner, "pool.returning", key, url, count=len(mine), name=first.name)


def change_rules(rules: Rules, *, by: Member) -> None:
    """Keep new rules, and set the date of return of every tracked customer by them."""
    settings.choose(
        KEY, {"days": rules.days, "daily": rules.daily, "holdings": rules.holdings, "rest": rules.rest}, by=by
    )
    db.session.flush()
    ownership.set_all_reclaims()


def _put_back(account: Account, kind: MoveKind, reason: str | None, note: str | None, *, by: Actor) -> Move:
    lost_by = account.owner
    assert lost_by is not None
    ownership.give(account, None)
    move = Move(id=new_id(), account_id=account.id, member_id=lost_by.id, kind=kind, reason=reason, note=note or None)
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


def _check_rest(account: Account, by: Member, rules: Rules, now: datetime) -> None:
    lost = queries.lost_at(account.id, by)
    if lost is not None and rules.free_on(lost) > now:
        until = format_datetime(rules.free_on(lost), "medium")
        raise Resting(
            _("You had %(name)s until lately. You may claim it again from %(date)s.", name=account.name, date=until)
        )


def _check_room(by: Member, rules: Rules, now: datetime) -> None:
    if rules.holdings and queries.count_holdings(by) >= rules.holdings:
        raise QuotaReached(_("You already hold %(n)s customers. Give one back first.", n=rules.holdings))
    if rules.daily and queries.count_claims_today(by, now) >= rules.daily:
        raise QuotaReached(_("You have claimed %(n)s customers today. Tomorrow you may claim more.", n=rules.daily))
