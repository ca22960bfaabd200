"""Locks: a member keeps a few customers of his own from the rules for a while."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _

from saas import clock, ui
from saas.archive import refuse_archived
from saas.crm.customers import ownership
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account, ShieldKind, Standing
from saas.crm.pool import queries
from saas.crm.pool.actions import QuotaReached
from saas.crm.pool.queries import LOCKED, UNLOCKED
from saas.errors import Refused
from saas.tenants import events
from saas.tenants import queries as tenants
from saas.tenants.models import Member


def lock(account: Account, *, by: Member) -> None:
    """Keep a customer of one's own from the rules for a while.

    Raises:
        Refused: it isn't his, nothing returns it, it is locked already, or was until lately.
        QuotaReached: he has locked as many as the pool allows.
    """
    now = clock.now()
    account = customers.lock_account(account.id)
    refuse_archived(account)
    if account.owner_id != by.id or account.standing is not Standing.TRACKED:
        raise Refused(_("Only whoever tracks a customer can lock it."))
    rules = queries.rules(account.pool_id)
    if queries.count_locks(tenants.lock_member(by), now) >= rules.locks:
        raise QuotaReached(_("You may lock %(n)s customers at a time. Unlock another one first.", n=rules.locks))
    free = queries.lockable_from(account.id, by, rules)
    if free is not None and free > now:
        when = ui.words().dated_moment(free)
        raise Refused(
            _("You have locked %(name)s before. You may lock it again from %(date)s.", name=account.name, date=when)
        )
    until = now + timedelta(days=rules.lock_days)
    ownership.shield(account.id, ShieldKind.LOCK, by.id, until=until)
    events.record(LOCKED, account, by=by, changed={"until": until})


def unlock(account: Account, *, by: Member) -> None:
    """Let the rules have their say again."""
    account = customers.lock_account(account.id)
    refuse_archived(account)
    locks = [one.ref for one in queries.shields_of(account.id, clock.now()) if one.kind is ShieldKind.LOCK]
    if locks:
        ownership.unshield([account.id], ShieldKind.LOCK, locks)
        events.record(UNLOCKED, account, by=by)
