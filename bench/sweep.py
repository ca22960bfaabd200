"""The pool's sweep beside bare SQL that changes and logs the same rows; each in a transaction that is taken back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import text

from saas.app import create_app
from saas.config import Config
from saas.crm.pool import sweep_actions
from saas.db import db
from saas.tenants import scope

SHARE = 0.3  # of a workspace's customers are due
BAR = 3.0  # ours ÷ bare
ROUNDS = 3

# All are looked after, the first of them for longer than the rules allow that every workspace starts with.
TRACKED = """
update account set owner_id = :member, team_id = null, standing = 'tracked', has_deal = false, deal_ended_at = null,
  intent_due_at = null, kept_until = null, pool_id = null, archived_at = null, reclaim_reason = 'no_contact',
  owned_since = now() - interval '100 days',
  last_contact_at = now() - case when id < :first then interval '90 days' else interval '1 day' end,
  reclaim_at = now() - case when id < :first then interval '75 days' else interval '-14 days' end
where tenant_id = :tenant"""
FIRST = "select id from account where tenant_id = :tenant order by id offset :many limit 1"  # that is not due
BARE = """
with due as (
  select id from account where tenant_id = :tenant and reclaim_at <= now() and archived_at is null for update
), accounts as (
  update account set previous_owner_id = owner_id, owner_id = null, team_id = null, owned_since = null,
    pooled_at = now(), standing = 'pool', reclaim_at = null, reclaim_reason = null
  from due where account.id = due.id and account.tenant_id = :tenant
), people as (
  update contact set owner_id = null, team_id = null
  from due where contact.account_id = due.id and contact.tenant_id = :tenant
), found_as as (
  update search_entry set owner_id = null, team_id = null
  from due where search_entry.kind = 'account' and subject_id = due.id and search_entry.tenant_id = :tenant
), people_found_as as (
  update search_entry set owner_id = null, team_id = null from contact join due on contact.account_id = due.id
  where search_entry.kind = 'contact' and subject_id = contact.id and contact.tenant_id = :tenant
    and search_entry.tenant_id = :tenant
), moves as (
  insert into pool_move (tenant_id, id, account_id, member_id, kind, reason, had_bought, created_at)
  select :tenant, gen_random_uuid(), id, :member, 'reclaimed', 'no_contact', false, now() from due
), events as (
  insert into event (tenant_id, id, name, actor_kind, subject_kind, subject_id, account_id, changed, mac,
    created_at)
  select :tenant, gen_random_uuid(), 'account.reclaimed', 'system', 'account', id, id,
    '{"from": "Ann", "from_id": "", "reason": "no_contact"}', decode(repeat('00', 32), 'hex'), now() from due
)
select count(*) from due"""


def figures(settings: Config, known: dict[str, str]) -> tuple[int, float, float]:
    """How many customers were due, and the seconds of the bare SQL and of ours, of the round with the middle ratio.

    Args:
        settings: of the run.
        known: the workspace and a member of it (`doors.facts`).
    """
    given = {name: UUID(known[name]) for name in ("tenant", "member")}
    with create_app(settings).app_context(), scope.enter(given["tenant"]):
        taken = [(_timed(_bare, given), _timed(_ours, given)) for _ in range(ROUNDS)]
    middle = sorted(taken, key=lambda pair: pair[1][1] / pair[0][1])[ROUNDS // 2]
    many = {count for pair in taken for count, _seconds in pair}
    assert len(many) == 1, f"not the same customers: {taken}"
    return many.pop(), middle[0][1], middle[1][1]


def _timed(sweep: Callable[[dict[str, Any]], int], given: dict[str, Any]) -> tuple[int, float]:
    _run("set local statement_timeout = 0", {})
    all_of_them = _run("select count(*) from account where tenant_id = :tenant", given).scalar_one()
    first = _run(FIRST, given | {"many": int(all_of_them * SHARE)}).scalar_one()
    _run(TRACKED, given | {"first": first})
    begun = time.perf_counter()
    count = sweep(given)
    took = time.perf_counter() - begun
    db.session.rollback()
    db.session.expunge_all()
    return count, took


def _bare(given: dict[str, Any]) -> int:
    return int(_run(BARE, given).scalar_one())


def _ours(_given: dict[str, Any]) -> int:
    return sum(sweep_actions.sweep("crm.reclaim_customer"))


def _run(sql: str, given: dict[str, Any]) -> Any:
    return db.session.execute(text(sql).execution_options(reviewed=True), given)
