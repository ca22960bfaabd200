"""What a pool hides of the customers that lie free in it until somebody claims them: the veil.

A pool names what it hides; its admins, and whoever may give any customer to anybody, see all the same. From everybody
else such a customer is out of reach (`scope.visible`, `queries.account`) with its people, deals, cases, activities and
mails, in pages, lists, search, files and reports alike: only its card opens (`queries.card`), which shows what its pool
doesn't hide. What is the reader's own, such as a case he was given, stays his. The moment it is claimed all is there.

The pools' rules are settings, so a page knows them without a statement of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ARRAY, ColumnElement, Uuid, all_, and_, bindparam, or_, select
from sqlalchemy.orm import aliased

from saas.crm.customers.clocks import KEY
from saas.crm.customers.models import Account, Contact
from saas.errors import Forbidden
from saas.kept import kept
from saas.tenants import queries as tenants
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission, Reach, Who


class Hidden(StrEnum):
    """What a pool can hide of its free customers."""

    SAID = "said"
    PEOPLE = "people"
    LINES = "lines"
    PLACE = "place"


HIDDEN_WORDS = {
    Hidden.SAID: _l("What was said: timeline, mails, files, cases, deals and notes"),
    Hidden.PEOPLE: _l("People at the customer"),
    Hidden.LINES: _l("Phones and mail addresses"),
    Hidden.PLACE: _l("Street address, website and tax number"),
}
HIDES = "hides"  # of the rules of a pool


class Veiled(Forbidden):
    """The customer lies free, and its pool hides it from the reader until he claims it."""

    def __init__(self) -> None:
        super().__init__(_("This customer lies in the pool. What you asked for is shown once it is claimed."))


@dataclass(frozen=True)
class Veil:
    """The pools that hide something from somebody, and what each does; None stands for the main pool.

    is_whole: there is no other pool, so whatever lies free is covered.
    """

    pools: Mapping[UUID | None, frozenset[Hidden]]
    is_whole: bool = False

    def covers(self, account: Account) -> bool:
        """True when the account lies free in one of these pools."""
        return bool(self.pools) and account.owner_id is None and (self.is_whole or account.pool_id in self.pools)

    def hides(self, account: Account) -> frozenset[Hidden]:
        """What is hidden of the account; nothing where it isn't covered."""
        if not self.covers(account):
            return frozenset()
        # One from a pool that was just closed is on its way to the main one.
        return self.pools[account.pool_id if account.pool_id in self.pools else None]


@dataclass(frozen=True)
class Pools:
    """What is known of the pools besides the main one; both cost no statement.

    led: for a member's id, those that he is admin of.
    every: all that are open.
    """

    led: Callable[[UUID], frozenset[UUID]]
    every: Callable[[], frozenset[UUID]]


NOTHING = Veil({})
_known: list[Pools] = []


def know(pools: Pools) -> None:
    """Let the veil know of pools, whose admins it hides nothing from. Done at import, by whoever keeps them."""
    _known.append(pools)


def whole(chosen: Any) -> tuple[str, ...]:
    """What is hidden where this was chosen, in the order of `Hidden`: what was said names people and numbers, so it is
    hidden along with anything else."""
    found = {Hidden(one) for one in chosen or () if one in set(Hidden)}
    return tuple(one.value for one in Hidden if one in (found | {Hidden.SAID} if found else found))


@kept
def _hiding() -> dict[UUID | None, frozenset[Hidden]]:
    found = {_pool(key): whole(rules.get(HIDES)) for key, rules in tenants.settings_under(KEY).items() if _holds(key)}
    return {pool_id: frozenset(map(Hidden, hides)) for pool_id, hides in found.items() if hides}


def _holds(key: str) -> bool:
    """True of the key of rules that hold, not of those that wait for their day."""
    return key == KEY or (key.startswith(f"{KEY}:") and not key.endswith(".next"))


def _pool(key: str) -> UUID | None:
    return None if key == KEY else UUID(key.removeprefix(f"{KEY}:"))


def over(who: Who) -> Veil:
    """What the pools hide from a member."""
    hiding = _hiding()
    if not hiding or who.reach(Permission.ACCOUNT_ASSIGN) is Reach.ALL:
        return NOTHING
    led = frozenset[UUID]().union(*(pools.led(who.id) for pools in _known))
    every = frozenset[UUID | None]({None}).union(*(pools.every() for pools in _known))
    found = {pool_id: hides for pool_id, hides in hiding.items() if pool_id not in led}
    return Veil(found, every <= found.keys())


def here() -> Veil:
    """What the pools hide from the reader; nothing from the people of a portal, who see what is their own, and nothing
    from a job, which has no reader."""
    return over(scope.who()) if isinstance(g.get("member"), Member) else NOTHING


def lift(account: Account) -> Account:
    """The account, which the reader may see.

    Raises:
        Veiled: not before it is claimed.
    """
    if account.owner_id is None and here().covers(account):  # in this order: most have an owner, and it is asked often
        raise Veiled
    return account


# ── in statements ───────────────────────────────────────────────────────────────────────────────────────────────────

POOLS: Any = bindparam("veiled_pools", callable_=lambda: [one for one in here().pools if one], type_=ARRAY(Uuid()))


def is_on() -> bool:
    """True where some pool hides something from the reader."""
    return bool(here().pools)


def lifted(model: Any) -> ColumnElement[bool] | None:
    """The condition of the rows that no veil covers: of accounts, and of what belongs to one; None: no veil can."""
    if model is not Account and not hasattr(model, "account_id"):
        return None
    return _lifted(model, *_shape())


def lifted_of(account_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """The condition that no veil covers the account of an id; one and the same object for the same `account_id`."""
    return _lifted_of(account_id, *_shape())


def _shape() -> tuple[bool, bool, bool]:
    """Whether all pools hide something, whether the main one does, and whether others do: what the condition is written
    for."""
    veil = here()
    return veil.is_whole, None in veil.pools, any(one is not None for one in veil.pools)


@lru_cache(maxsize=256)
def _lifted(model: Any, *shape: bool) -> ColumnElement[bool]:
    if model is Account:
        return _is_lifted(Account, *shape)
    if model is Contact and shape[0]:  # its owner is its account's: there is an index of those who have one
        return and_(Contact.owner_id.is_not(None), _lifted_of(Contact.account_id, *shape))
    open_to_him = or_(model.account_id.is_(None), _lifted_of(model.account_id, *shape))
    return or_(model.owner_id == scope.READER, open_to_him) if hasattr(model, "owner_id") else open_to_him


@lru_cache(maxsize=256)
def _lifted_of(account_id: ColumnElement[UUID], *shape: bool) -> ColumnElement[bool]:
    # Not an EXISTS: of that PostgreSQL might hash all accounts before a list shows its first row.
    whose = aliased(Account)
    return select(_is_lifted(whose, *shape)).where(whose.id == account_id).scalar_subquery()


def _is_lifted(account: Any, by_all: bool, by_main: bool, by_others: bool) -> ColumnElement[bool]:
    """Somebody has it, or it lies in a pool that hides nothing."""
    if by_all:
        held: ColumnElement[bool] = account.owner_id.is_not(None)
        return held
    if not by_others:
        elsewhere = account.pool_id.is_not(None) if by_main else account.id.is_not(None)
    else:
        others: ColumnElement[bool] = account.pool_id != all_(POOLS)
        elsewhere = and_(account.pool_id.is_not(None), others) if by_main else or_(account.pool_id.is_(None), others)
    found: ColumnElement[bool] = or_(account.owner_id.is_not(None), elsewhere)
    return found


scope.hide(scope.Hiding(is_on, lifted))
