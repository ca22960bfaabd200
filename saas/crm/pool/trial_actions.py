"""Trying out rules on the last ninety days. What they would have done is kept with their draft.

A few customers are tried at once; for many a worker does it, chunk by chunk, and goes on behind the last when it was
cut off. Whoever asks again meanwhile starts another turn, and the work of the one before ends by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

from saas import clock
from saas.crm.pool import rule_actions, trial_queries
from saas.crm.pool.models import MAIN, Draft
from saas.crm.pool.rehearsal import Rehearsal, rehearse
from saas.crm.pool.rules import Rules
from saas.db import db, new_id
from saas.tenants import events, notices, scope
from saas.tenants import queries as tenants
from saas.tenants.actions import trail
from saas.tenants.models import Delivery, Member

TRIED, DROPPED = "pool.rules_tried", "pool.draft_dropped"
TOLD = "pool.rules_tried"  # a notice
JOB = "crm.try_pool_rules"
WINDOW = timedelta(days=90)
AT_ONCE = 1_000  # customers that are tried while the page waits
CHUNK = 500  # customers of one transaction


def try_out(rules: Rules, start: date, *, by: Member, pool_id: UUID | None = None) -> Draft:
    """Keep rules as the draft of a pool and see what they would have done: now, or by a worker.

    Args:
        rules: those to try.
        start: the day from which they are to hold.
        by: who wants to know.
        pool_id: whose rules; those of the main pool when left out.
    """
    many, draft = trial_queries.count_held(pool_id), trial_queries.draft(pool_id, held=True)
    if draft is None:
        draft = Draft(id=new_id(), pool_id=pool_id, turn=0)
    draft.member_id, draft.rules, draft.start = by.id, rules.kept(), start
    draft.turn, draft.tried_at, draft.finished_at = draft.turn + 1, clock.now(), None
    draft.total, draft.done, draft.last_id, draft.found = many, 0, None, {}
    db.session.add(draft)
    db.session.flush()
    events.record(TRIED, draft, by=by, changed={"rules": draft.rules, "start": start, "customers": draft.total})
    if draft.total > AT_ONCE:
        payload = {"draft_id": draft.id, "turn": draft.turn}
        events.deliver(JOB, key=_key(draft), due_at=clock.now(), payload=payload)
    else:
        while draft.finished_at is None:
            _advance(draft)
    return draft


def proceed(draft_id: UUID, turn: int) -> Iterator[None]:
    """Try the rules of a draft, a chunk between two yields; the caller commits at each. Done again, it goes on."""
    while True:
        draft = trial_queries.lock_draft(draft_id)
        if draft is None or draft.turn != turn or draft.finished_at is not None:
            return
        _advance(draft)
        if draft.finished_at is not None:
            _tell(draft)
        db.session.flush()
        yield
        db.session.expunge_all()


def settle(rules: Rules, start: date, *, by: Member, pool_id: UUID | None = None) -> None:
    """Let rules hold from a day on; what was thought about before is forgotten."""
    rule_actions.change_rules(rules, by=by, pool_id=pool_id, start=start)
    drop(by=by, pool_id=pool_id)


def drop(*, by: Member, pool_id: UUID | None = None) -> None:
    """Forget the draft of a pool, if there is one."""
    draft = trial_queries.draft(pool_id, held=True)
    if draft is not None:
        events.record(DROPPED, draft, by=by, changed={"rules": draft.rules})
        db.session.delete(draft)
        db.session.flush()


def stopped(draft: Draft) -> Delivery | None:
    """The work that a draft waits for, if it was given up."""
    return tenants.stopped_delivery(JOB, _key(draft)) if draft.finished_at is None else None


def try_again(draft: Draft, *, by: Member) -> None:
    """Have a trial go on that was given up."""
    if (delivery := stopped(draft)) is not None:
        trail.retry(delivery.id, by=by)


def _advance(draft: Draft) -> None:
    """Try the next customers; without any it is done."""
    some = trial_queries.held(draft.pool_id, CHUNK, draft.last_id)
    if not some:
        draft.finished_at, draft.total = clock.now(), draft.done
        return
    start = draft.tried_at - WINDOW
    histories = trial_queries.histories(some, start)
    found = Rehearsal.of(draft.found)
    found.add(rehearse(histories, Rules.of(draft.rules), start, draft.tried_at, scope.workspace().timezone))
    draft.found, draft.done, draft.last_id = found.kept(), draft.done + len(some), some[-1]


def _tell(draft: Draft) -> None:
    url = f"/{scope.workspace().slug}/settings/pool/{draft.pool_id or MAIN}/rules"
    many = Rehearsal.of(draft.found).total
    notices.tell(tenants.member(draft.member_id), TOLD, f"{TOLD}:{_key(draft)}", url, count=many)


def _key(draft: Draft) -> str:
    return f"{draft.id}:{draft.turn}"
