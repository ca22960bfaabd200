"""Giving customers away, whatever the way in: the rules of the pool are asked first, and whoever keeps books of it is
told.

Who gives is refused where somebody would hold more than he may; with `beyond` he goes on knowingly, and what it comes
to is kept in the event. Pool, merges and undos, which put things as they were, have `ownership.give` itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from saas.crm.customers import ownership
from saas.crm.customers.models import Account, Standing
from saas.tenants.models import Member


@dataclass(frozen=True)
class Excess:
    """Somebody gets more customers than he may hold.

    name: who.
    held: how many he holds without them.
    more: how many he gets.
    most: how many he may hold.
    overflows: what he enters himself comes into the pool instead, as its rules say.
    """

    name: str
    held: int
    more: int
    most: int
    overflows: bool = False

    @property
    def beyond(self) -> int:
        """Of those that he gets, how many are too many."""
        return min(self.more, self.all - self.most)

    @property
    def all(self) -> int:
        """How many he holds with them."""
        return self.held + self.more

    def sentence(self) -> str:
        """How many he holds, of how many."""
        facts = {"name": self.name, "held": self.held, "most": self.most}
        if self.more == 1:
            return _("%(name)s holds %(held)s of at most %(most)s customers.", **facts)
        return _(
            "%(name)s holds %(held)s of at most %(most)s customers; with these it would be %(all)s.",
            all=self.all,
            **facts,
        )


# customers, who is to get them, whether the limit is gone beyond knowingly → how far it is
Check = Callable[[Sequence[Account], Member, bool], Excess | None]
# a customer, who had it (None: it lay free), who has it now
Told = Callable[[Account, Member | None, Member], object]

_checks: list[Check] = []
_watching: list[Told] = []


def ask_before(check: Check) -> None:
    """Have it asked before customers go to somebody: what it raises stops that. Done at import."""
    _checks.append(check)


def watch(told: Told) -> None:
    """Have it told of each customer that goes to somebody. Done at import."""
    _watching.append(told)


def check(accounts: Sequence[Account], to: Member, *, beyond: bool = False) -> Excess | None:
    """Ask whether somebody may get these customers, or have one again that he has already, out of the archive.

    Args:
        accounts: which, as they are before; new ones lie free.
        to: who gets them.
        beyond: the limit on holdings is gone beyond knowingly; all other rules hold.

    Returns:
        By how much he holds more than he may then; None: he doesn't.

    Raises:
        BusinessError: the rules of the pool are against it; says why.
    """
    found = [one(accounts, to, beyond) for one in _checks]
    return next((one for one in found if one is not None), None)


def hand(
    accounts: Sequence[Account], to: Member, *, beyond: bool = False, now: datetime | None = None
) -> dict[str, Any]:
    """Make `to` look after customers that somebody else has, or that lie free.

    Returns:
        What an event says of it: whether a limit was gone beyond.

    Raises:
        BusinessError: the rules of the pool are against it; says why. None has gone then.
    """
    excess = check(accounts, to, beyond=beyond)
    for account in accounts:
        before = account.owner
        ownership.give(account, to, now=now)
        for told in _watching:
            told(account, before, to)
    return noted(excess)


def noted(excess: Excess | None) -> dict[str, Any]:
    """What an event keeps of a limit that was gone beyond."""
    return {"beyond": {"held": excess.all, "most": excess.most}} if excess else {}


def keepers(by: Member, many: int = 1) -> list[Member | None]:
    """Say who looks after each of some brand-new customers that somebody enters for himself: he does, however many he
    holds; where the rules say so, nobody looks after those that are too many, and they come into the pool.
    """
    excess = _with_new(by, many)
    spilt = excess.beyond if excess is not None and excess.overflows else 0
    return [*[by] * (many - spilt), *[None] * spilt]


def own_sentence(by: Member, owner: Member | None) -> str:
    """What is said to whoever has entered a customer for himself, as `keepers` says whose it is, where he holds too
    many with it, or would; else nothing."""
    excess = _with_new(by, 1)
    if excess is None or (owner is not None and excess.held <= excess.most):
        return ""
    facts = {"held": excess.held, "most": excess.most}
    if owner is None:
        return _(
            "You hold %(held)s of at most %(most)s customers: what you add beyond lies in the public pool.", **facts
        )
    return _("You now hold %(held)s of at most %(most)s customers.", **facts)


def _with_new(by: Member, many: int) -> Excess | None:
    return check([Account(standing=Standing.POOL) for _number in range(many)], by, beyond=True)
