"""The rules of a pool: when new ones take effect, and what dates of return they set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from saas import clock
from saas.crm.customers import ownership
from saas.crm.pool import queries
from saas.crm.pool.rules import Rules
from saas.db import db, new_id
from saas.tenants import events, scope
from saas.tenants import queries as tenants
from saas.tenants.actions import settings
from saas.tenants.models import Member

JOB = "crm.renew_return_dates"
NEXT: dict[str, Any] = {"start": None, "rules": None, "by": None}  # what is kept where no new rules wait


def change_rules(rules: Rules, *, by: Member, pool_id: UUID | None = None, start: date | None = None) -> None:
    """Keep new rules of a pool; a job sets every date of return by them.

    Args:
        rules: the new ones.
        by: who wants them.
        pool_id: whose rules; those of the main pool when left out.
        start: the first day on which they hold; at once when left out. Until then the old ones do.
    """
    if start is not None and start > _today(clock.now()):
        waiting = {"start": start.isoformat(), "rules": rules.kept(), "by": str(by.id)}
        settings.choose(_next_key(pool_id), waiting, by=by)
        return
    settings.choose(ownership.key_of(pool_id), _with_grace(rules, queries.rules(pool_id)).kept(), by=by)
    drop_next(by=by, pool_id=pool_id)
    events.deliver(JOB, key=str(new_id()), due_at=clock.now())


def _with_grace(rules: Rules, held: Rules) -> Rules:
    """The rules, with what held before for those whom they would take a customer sooner; as long as that goes on, rules
    that change no clock leave it as it is."""
    if rules.has_same_limits(held):
        return replace(rules, begun=held.begun, before=held.before)
    until = held.spared_until(scope.workspace().timezone)
    known = held.kept_clocks()
    if until is None or until <= clock.now():
        known |= {"begun": "", "before": {}}
    return replace(rules, begun=clock.now().isoformat(), before=known)


def spared_until(rules: Rules, start: date) -> date | None:
    """The last day on which nobody loses a customer by rules that begin to hold on a day; None: they spare nobody."""
    return max(start, _today(clock.now())) + timedelta(days=rules.grace) if rules.grace else None


def next_rules(pool_id: UUID | None = None) -> tuple[Rules, date] | None:
    """The rules that wait for their day, and that day."""
    kept: dict[str, Any] = tenants.setting(_next_key(pool_id), NEXT)
    return (Rules.of(kept["rules"]), date.fromisoformat(kept["start"])) if kept["start"] else None


def drop_next(*, by: Member, pool_id: UUID | None = None) -> None:
    """Leave the rules as they are: those that wait are forgotten."""
    if next_rules(pool_id) is not None:
        settings.choose(_next_key(pool_id), NEXT, by=by)


def begin_next(*, now: datetime | None = None) -> int:
    """Let rules hold whose day has come; returns of how many pools."""
    today, begun = _today(now or clock.now()), 0
    for pool_id in (None, *(one.id for one in queries.pools())):
        waiting = next_rules(pool_id)
        if waiting is not None and waiting[1] <= today:
            by = tenants.member(UUID(str(tenants.setting(_next_key(pool_id), NEXT)["by"])))
            change_rules(waiting[0], by=by, pool_id=pool_id)
            begun += 1
    db.session.flush()
    return begun


def renew_dates() -> Iterator[int]:
    """Set every date of return that is no longer true, chunk by chunk; yields how many. May run twice, or stop."""
    return ownership.renew_all()


def _next_key(pool_id: UUID | None) -> str:
    return f"{ownership.key_of(pool_id)}.next"


def _today(now: datetime) -> date:
    return clock.local(now, scope.workspace().timezone).date()
