"""What customers have brought: the deals won with each, by year, and where it stands in its life as a customer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import ColumnElement, bindparam, func, select

from saas.crm.customers.models import Account
from saas.crm.opportunities.models import IS_OPEN, Opportunity, Result
from saas.crm.opportunities.queries import IS_KEPT, listed
from saas.statements import Statement, written_once
from saas.tenants import scope
from saas.tenants.models import Member
from saas.tenants.permissions import Permission

YEAR = timedelta(days=365)
BEST = 50  # customers named on the page of those who brought most
FIFTH = 0.8  # above this share of all who bought lies the fifth that bought most
IS_WON = Opportunity.result == Result.WON
SUM = Opportunity.amount
LATELY = Opportunity.closed_on > bindparam("year_ago")
BEFORE = (Opportunity.closed_on <= bindparam("year_ago")) & (Opportunity.closed_on > bindparam("two_years_ago"))


class Life(StrEnum):
    """Where a customer stands, told from what it bought and when."""

    PROSPECT = "prospect"  # nothing yet
    NEW = "new"  # for the first time within a year
    GROWING = "growing"  # in the last year more than in the one before
    STEADY = "steady"  # in the last year, not more than before
    FADING = "fading"  # not in the last year, but in the one before
    GONE = "gone"  # not for two years


LIFE_WORDS = {
    Life.PROSPECT: _l("Nothing won yet"),
    Life.NEW: lazy_pgettext("life", "New customer"),
    Life.GROWING: _l("Growing"),
    Life.STEADY: _l("Steady"),
    Life.FADING: _l("Fading"),
    Life.GONE: _l("Gone quiet"),
}
LIFE_LOOKS = {
    Life.PROSPECT: "neutral",
    Life.NEW: "good",
    Life.GROWING: "good",
    Life.STEADY: "neutral",
    Life.FADING: "waiting",
    Life.GONE: "wrong",
}


@dataclass
class Worth:
    """What one customer has brought, amounts by currency; years are counted back from today."""

    won: dict[str, Decimal] = field(default_factory=dict)
    lately: dict[str, Decimal] = field(default_factory=dict)  # in the last year
    before: dict[str, Decimal] = field(default_factory=dict)  # in the year before that
    deals: int = 0
    open: dict[str, Decimal] = field(default_factory=dict)
    open_deals: int = 0
    first_on: date | None = None  # won
    last_on: date | None = None

    def life(self, today: date) -> Life:
        """Where it stands; of two currencies the one with the larger sums of both years is looked at."""
        if self.first_on is None or self.last_on is None:
            return Life.PROSPECT
        if self.first_on > today - YEAR:
            return Life.NEW
        if self.last_on <= today - 2 * YEAR:
            return Life.GONE
        if self.last_on <= today - YEAR:
            return Life.FADING
        known = self.lately.keys() | self.before.keys()
        if not known:
            return Life.STEADY
        main = max(known, key=lambda one: self.lately.get(one, Decimal()) + self.before.get(one, Decimal()))
        return Life.GROWING if self.lately.get(main, Decimal()) > self.before.get(main, Decimal()) else Life.STEADY


@written_once
def _of_account(*where: ColumnElement[bool]) -> Statement:
    return (
        select(
            Opportunity.currency,
            func.sum(SUM).filter(IS_WON).label("won"),
            func.sum(SUM).filter(IS_WON, LATELY).label("lately"),
            func.sum(SUM).filter(IS_WON, BEFORE).label("before"),
            func.count().filter(IS_WON).label("deals"),
            func.sum(SUM).filter(IS_OPEN).label("open"),
            func.count().filter(IS_OPEN).label("open_deals"),
            func.min(Opportunity.closed_on).filter(IS_WON).label("first_on"),
            func.max(Opportunity.closed_on).filter(IS_WON).label("last_on"),
        )
        .where(Opportunity.account_id == bindparam("account_id"), *where)
        .group_by(Opportunity.currency)
    )


def worth(account_id: UUID, today: date) -> Worth:
    """What a customer has brought, of the deals within the reader's reach; one statement."""
    found = Worth()
    for row in _of_account(*listed()).rows(account_id=account_id, **_years(today)):
        for name in ("won", "lately", "before", "open"):
            if (amount := getattr(row, name)) is not None:
                getattr(found, name)[row.currency] = amount
        found.deals, found.open_deals = found.deals + row.deals, found.open_deals + row.open_deals
        found.first_on = min(_days(found.first_on, row.first_on), default=None)
        found.last_on = max(_days(found.last_on, row.last_on), default=None)
    return found


def _days(*days: date | None) -> Iterable[date]:
    return [day for day in days if day is not None]


def _years(today: date) -> dict[str, date]:
    return {"year_ago": today - YEAR, "two_years_ago": today - 2 * YEAR}


@written_once
def _threshold() -> Statement:
    each = (
        select(func.sum(SUM).label("total"))
        .where(IS_WON, IS_KEPT, LATELY, Opportunity.currency == bindparam("currency"))
        .where(Opportunity.account_id.is_not(None))
        .group_by(Opportunity.account_id)
        .subquery()
    )
    return select(func.percentile_disc(FIFTH).within_group(each.c.total))


def much(currency: str, today: date) -> Decimal | None:
    """From which sum on, bought within a year, a customer is among the fifth that bought most; None: nobody bought."""
    found: Decimal | None = _threshold().value(currency=currency, year_ago=today - YEAR)
    return found


@written_once
def _best(is_lately: bool, *where: ColumnElement[bool]) -> Statement:
    counts = Opportunity.currency == bindparam("currency")
    ever = func.sum(SUM).filter(counts)
    lately, before = (func.sum(SUM).filter(counts, when) for when in (LATELY, BEFORE))
    ranked = (
        select(
            Opportunity.account_id,
            ever.label("ever"),
            lately.label("lately"),
            before.label("before"),
            func.count().label("deals"),
            func.min(Opportunity.closed_on).label("first_on"),
            func.max(Opportunity.closed_on).label("last_on"),
        )
        .where(IS_WON, Opportunity.account_id.is_not(None), *where)
        .group_by(Opportunity.account_id)
        .having(lately > 0 if is_lately else ever > 0)
        .order_by((lately if is_lately else ever).desc(), Opportunity.account_id)
        .limit(BEST)
        .subquery()
    )
    shown = ranked.c.lately if is_lately else ranked.c.ever
    return (
        select(*ranked.c, Account.name, Account.value_class, Member.name.label("owner"))
        .join(Account, Account.id == ranked.c.account_id)
        .outerjoin(Member, Member.id == Account.owner_id)
        .where(Account.archived_at.is_(None))
        .order_by(shown.desc(), ranked.c.account_id)
    )


def best(currency: str, today: date, *, is_lately: bool) -> list[tuple[Any, Worth]]:
    """The customers who brought most, as far as the reader may see them and the deals: the row and its worth.

    Args:
        currency: ISO 4217; sums of others are left out.
        is_lately: within the last year, else ever.
    """
    seen = scope.visible(Account, Permission.ACCOUNT_VIEW)
    within = () if scope.reaches_all(Permission.ACCOUNT_VIEW) else (_with(seen),)
    found = _best(is_lately, *listed(), *within).rows(currency=currency, **_years(today))
    return [(row, _of_row(row, currency)) for row in found]


@lru_cache(maxsize=64)
def _with(seen: ColumnElement[bool]) -> ColumnElement[bool]:
    return Opportunity.account_id.in_(select(Account.id).where(seen))


def _of_row(row: Any, currency: str) -> Worth:
    lately, before = ({currency: amount} if amount else {} for amount in (row.lately, row.before))
    return Worth({currency: row.ever}, lately, before, row.deals, first_on=row.first_on, last_on=row.last_on)
