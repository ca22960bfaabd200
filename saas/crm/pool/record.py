"""What the pool adds to the page of a customer, and to the page one starts the day on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from saas import clock, panels, ui
from saas.crm.customers import queries as customers
from saas.crm.customers import veil
from saas.crm.customers.clocks import Clocks, grace_of, running
from saas.crm.customers.models import Account, ReclaimReason, ShieldKind, Standing
from saas.crm.pool import promise_queries, queries, stories
from saas.crm.pool.models import ACTS
from saas.crm.pool.rules import days_on_wall, last_moment
from saas.panels import Panel
from saas.tenants import scope
from saas.tenants.permissions import Permission
from saas.tenants.scope import may, me

P = Permission
SOON = timedelta(days=7)
DUE_WORDS = {
    ReclaimReason.NO_CONTACT: _l("No contact"),
    ReclaimReason.MISSED_INTENT: _l("Promise due"),
    ReclaimReason.NO_DEAL: _l("No deal yet"),
    ReclaimReason.NOT_WON: _l("Not won yet"),
    ReclaimReason.CONTRACT_OVER: _l("After the contract's end"),
}
SHIELD_WORDS = {
    ShieldKind.ORDER: _l("An order is open"),
    ShieldKind.CONTRACT: _l("A contract runs"),
    ShieldKind.RECEIVABLE: _l("An invoice is unpaid"),
    ShieldKind.COMPLAINT: _l("A complaint is open"),
    ShieldKind.REGISTRATION: _l("A partner has registered it"),
    ShieldKind.LOCK: _l("It is locked"),
}


def _stays(account_id: UUID) -> Markup:
    """The card that says until when a customer stays, why, and what keeps it; in the pool, how to claim it."""
    account = customers.account(account_id)
    now = clock.now()
    has_bought = account.standing is Standing.CUSTOMER
    if account.archived_at is not None or (has_bought and account.reclaim_at is None):
        return Markup("")
    if account.owner_id is None:
        return _lies(account, now)
    kept, zone = queries.rules(account.pool_id), scope.workspace().timezone
    clocks = [(DUE_WORDS[why], last_moment(at)) for at, why in sorted(running(account, kept, zone))]
    shields = queries.shields_of(account.id, now)
    is_locked = any(one.kind is ShieldKind.LOCK for one in shields)
    mine = account.owner_id == me().id
    can_lock = mine and not is_locked and kept.locks > 0 and may(P.POOL_RELEASE, account)
    free = queries.lockable_from(account.id, me(), kept) if can_lock else None
    locks_from = free if free is not None and free > now else None
    claim = promise_queries.promised(account.id, account.owner_id) if account.intent_due_at else None
    return ui.fragment(
        "pool/_stays.html",
        account=account,
        clocks=clocks,
        act=ACTS.get(account.reclaim_reason) if account.reclaim_reason else None,
        why=due(account),
        is_spared=_is_spared(account, kept, zone),
        last=last_moment(account.reclaim_at) if account.reclaim_at else None,
        left=days_on_wall(account.reclaim_at, now, zone) if account.reclaim_at else None,
        step=claim.step if claim else None,
        shields=[(SHIELD_WORDS[one.kind], last_moment(one.until) if one.until else None) for one in shields],
        rest=kept.rest,
        can_release=not has_bought and may(P.POOL_RELEASE, account),
        can_lock=not has_bought and can_lock and locks_from is None,
        locks_from=locks_from,
        can_unlock=is_locked and may(P.POOL_RELEASE, account),
        mine=mine,
    )


def _is_spared(account: Account, clocks: Clocks, zone: str) -> bool:
    """True where its clock has ended by rules that hold since lately, and it stays until its owner was warned."""
    first = min((at for at, _why in running(account, clocks, zone)), default=None)
    return first is not None and grace_of(account, first, clocks, zone) == account.reclaim_at


def due(account: Account) -> Any:
    """What will return it, as it stands now."""
    return DUE_WORDS.get(account.reclaim_reason, "") if account.reclaim_reason else ""


def _on_card(account_id: UUID) -> Markup:
    """How to claim a customer, on the card that shows no more of it."""
    account = customers.card(account_id)
    return _lies(account, clock.now()) if account.archived_at is None else Markup("")


def _lies(account: Account, now: datetime) -> Markup:
    last, kept = queries.last_move(account.id), queries.rules(account.pool_id)
    resting = queries.resting(account.id, kept, now)
    until = next((at for member, at in resting if member.id == me().id), None)
    opens = kept.open_on(account.pooled_at) if kept.fresh and account.pooled_at else None
    return ui.fragment(
        "pool/_lies.html",
        account=account,
        move=last,
        note=last.note if last and not veil.here().covers(account) else None,
        reason=stories.word(last.reason) if last else "",
        resting=[(member.name, at) for member, at in resting if member.id != me().id],
        until=until,
        opens=opens if opens and opens > now else None,
        looked=queries.count_looks(me(), now) if kept.looks and not queries.leads(me(), account.pool_id) else None,
        looks=kept.looks,
        can_claim=may(P.POOL_CLAIM) and until is None and (opens is None or opens <= now),
    )


def _returning_today(member_id: UUID) -> Markup:
    """What the reader may lose within a week, on the page he starts the day on."""
    now = clock.now()
    found = queries.returning(now, within=SOON, owner_id=member_id)
    if not found:
        return Markup("")
    zone = scope.workspace().timezone
    shown = [(one, due(one), days_on_wall(one.reclaim_at, now, zone)) for one in found[:5] if one.reclaim_at]
    return ui.fragment("pool/_returning_today.html", shown=shown, total=len(found))


panels.add("account", Panel("stays", _l("Stays with you until"), _stays, P.POOL_VIEW.value, "left", 5, is_later=True))
panels.add("account", Panel("claim", _l("In the pool"), _on_card, P.POOL_VIEW.value, "card"))
panels.add("today", Panel("returning", _l("Returning soon"), _returning_today, P.POOL_VIEW.value, "main", 20))
