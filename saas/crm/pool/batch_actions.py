"""Many customers at once: each by itself, with an answer for each.

All of them are locked before the first member is, and everything in the order of ids, as where a sweep is undone: two
that work on the same customers and members wait for one another, and never each for the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from saas.crm.customers import notice_actions as notes
from saas.crm.customers import queries as customers
from saas.crm.customers.models import Account
from saas.crm.pool import queries, route_queries, undo_actions
from saas.crm.pool.actions import AlreadyClaimed, assign, claim
from saas.crm.pool.models import Move, Way
from saas.crm.pool.route_actions import told
from saas.crm.pool.routes import taking
from saas.db import db
from saas.errors import BusinessError, Refused
from saas.tenants import queries as tenants
from saas.tenants.models import Member, MemberStatus

Give = Callable[..., Move]  # a customer's id, to whom → the step in the ledger


@dataclass(frozen=True)
class Outcome:
    """What became of one customer of several: `refusal` says why it stayed where it was."""

    account: Account
    owner: Member | None = None
    refusal: str = ""


def claim_many(account_ids: Iterable[UUID], *, by: Member) -> list[Outcome]:
    """Claim each of several; one that is refused holds up no other. Returns what became of each."""
    return [_try(account_id, by, lambda i: claim(i, by=by)) for account_id in _held(account_ids)]


def distribute(
    account_ids: Iterable[UUID],
    members: Sequence[Member],
    way: Way,
    *,
    by: Member,
    batch_id: UUID,
    beyond: bool = False,
) -> list[Outcome]:
    """Give several customers of pools to several members. Returns what became of each customer.

    Args:
        account_ids: the customers.
        members: who gets them; one who has no room left is passed over. By property the pools' rules say who, and
            these aren't asked.
        way: to whom each goes first. By history it goes to whoever had it last, if he is among them, else by load.
        by: an admin of the pools.
        batch_id: under which it can be undone, and whoever gets some is told of them in one line.
        beyond: they get them even if they hold as many as they may.

    Raises:
        Refused: nobody is named.
    """
    give = partial(_assign, by=by, batch_id=batch_id, beyond=beyond)
    if way is Way.PROPERTY:
        found = _by_property(account_ids, give)
    elif members:
        found = _among(account_ids, members, way, give)
    else:
        raise Refused(_("Choose who gets them."), field="members")
    _tell(found, by, notes.key_of_many(batch_id))
    return found


def _tell(found: Iterable[Outcome], by: Member, key: str) -> None:
    got: dict[UUID, list[Outcome]] = {}
    for one in found:
        if one.owner is not None:
            got.setdefault(one.owner.id, []).append(one)
    for mine in got.values():
        owner = mine[0].owner
        assert owner
        notes.tell_many(owner, by, len(mine), mine[0].account.name, key)


def _among(account_ids: Iterable[UUID], members: Sequence[Member], way: Way, give: Give) -> list[Outcome]:
    """Each goes to whoever of the members is next this way and has room."""
    in_order = _held(account_ids)
    for one in sorted(members, key=lambda one: one.id):
        tenants.lock_member(one)
    loads = queries.loads()
    held = {one.id: loads.get(one.id, 0) for one in members}
    turn = deque(sorted(members, key=lambda one: (one.name, one.id)))
    found = []
    for account_id in in_order:
        outcome = _hand_out(account_id, _candidates(account_id, turn, held, way), give)
        if outcome.owner is not None:
            held[outcome.owner.id] += 1
            while way is Way.TURNS and turn[-1] is not outcome.owner:
                turn.rotate(-1)  # whoever got one is last in turn now
        found.append(outcome)
    return found


def _by_property(account_ids: Iterable[UUID], give: Give) -> list[Outcome]:
    """Each goes by the first rule of its pool that holds, to whoever of its members is next in turn and has room."""
    in_order = [customers.lock_account(account_id) for account_id in _held(account_ids)]
    pool_ids = sorted({one.pool_id for one in in_order}, key=lambda one: (one is not None, one))
    found = {pool_id: route_queries.lock_routes(pool_id) for pool_id in pool_ids}
    routes = {one.id: one for some in found.values() for one in some}
    members = route_queries.members_of(routes)
    for one in sorted({m for some in members.values() for m in some}, key=lambda one: one.id):
        tenants.lock_member(one)
    outcomes = []
    for account in in_order:
        rules = route_queries.rules_of(found[account.pool_id], members)
        rule = taking(account, rules)
        if rule is None:
            said = _("No rule of its pool takes it.") if rules else _("Its pool has no rules by property.")
            outcomes.append(Outcome(account, refusal=said))
            continue
        route, people = routes[rule.id], {one.id: one for one in members[rule.id]}
        order = [people[key] for key in rule.members if people[key].status is MemberStatus.ACTIVE]
        outcome = _hand_out(account.id, order, partial(give, rule=told(route)))
        if outcome.owner is not None:
            route.last_member_id = outcome.owner.id
        outcomes.append(outcome if order else replace(outcome, refusal=_("Nobody of the rule that takes it is here.")))
    return outcomes


def _candidates(account_id: UUID, turn: Iterable[Member], held: Mapping[UUID, int], way: Way) -> list[Member]:
    order = list(turn)
    if way is not Way.TURNS:
        order.sort(key=lambda one: held[one.id])
    if way is Way.HISTORY:
        before = customers.lock_account(account_id).previous_owner_id
        order.sort(key=lambda one: one.id != before)
    return order


def _hand_out(account_id: UUID, order: Sequence[Member], give: Give) -> Outcome:
    outcome = Outcome(customers.lock_account(account_id))
    for one in order:
        outcome = _try(account_id, one, lambda i, to=one: give(i, to))  # type: ignore[misc]
        if outcome.owner is not None:
            break
    return outcome


def _assign(
    account_id: UUID,
    to: Member,
    *,
    by: Member,
    batch_id: UUID,
    beyond: bool,
    rule: dict[str, Any] | None = None,
) -> Move:
    account = customers.lock_account(account_id)
    pooled_at, previous_owner_id = account.pooled_at, account.previous_owner_id
    move = assign(account_id, to, by=by, rule=rule, batch_id=batch_id, beyond=beyond)
    undo_actions.keep_assigned(move, pooled_at, previous_owner_id, batch_id)
    return move


def _try(account_id: UUID, to: Member, verb: Callable[[UUID], Move]) -> Outcome:
    """One of many, in a savepoint of its own: what is refused leaves nothing behind."""
    try:
        with db.session.begin_nested():
            return Outcome(verb(account_id).account, owner=to)
    except BusinessError as error:
        said = error.who if isinstance(error, AlreadyClaimed) else error.sentence
        return Outcome(customers.lock_account(account_id), refusal=said or _("You may not do this."))


def _held(account_ids: Iterable[UUID]) -> list[UUID]:
    in_order = sorted(set(account_ids))
    customers.lock_accounts(in_order)
    return in_order
