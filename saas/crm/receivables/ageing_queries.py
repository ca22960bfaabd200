"""How old what is owed is: in bands by the days since it was due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Date, and_, bindparam, func, select

from saas.crm.customers.models import Account
from saas.crm.receivables.models import Invoice, Payment
from saas.crm.receivables.queries import KIND
from saas.crm.receivables.settlement_queries import within_reach
from saas.db import db
from saas.tenants.scope import today

MOST = 300  # customers on one page; who owes most stands on top


class Band(StrEnum):
    """How long ago something was due."""

    NOT_DUE = "0"
    MONTH = "30"
    TWO = "60"
    THREE = "90"
    OLDER = "more"


BAND_WORDS = {
    Band.NOT_DUE: _l("Not due"),
    Band.MONTH: _l("1–30 days"),
    Band.TWO: _l("31–60 days"),
    Band.THREE: _l("61–90 days"),
    Band.OLDER: _l("Over 90 days"),
}
DAYS = {Band.NOT_DUE: (None, 0), Band.MONTH: (1, 30), Band.TWO: (31, 60), Band.THREE: (61, 90), Band.OLDER: (91, None)}


def band_of(due_on: date, on: date) -> Band:
    """The band of what was due on a day, seen from another."""
    late = (on - due_on).days
    return next(
        band
        for band, (least, most) in DAYS.items()
        if (least is None or late >= least) and (most is None or late <= most)
    )


def within(band: Band) -> ColumnElement[bool]:
    """The condition of invoices in a band, seen from the day on which it is asked."""
    least, most = DAYS[band]
    conditions = [Invoice.due_on <= _ago(least)] if least is not None else []
    conditions += [Invoice.due_on >= _ago(most)] if most is not None else []
    return and_(*conditions)


IS_OWED = Invoice.issued_on.is_not(None) & (Invoice.owed > 0)


@dataclass(frozen=True)
class Aged:
    """What is owed in one currency: band → sum, and all of it."""

    currency: str
    bands: dict[Band, Decimal]
    whole: Decimal


def whole() -> list[Aged]:
    """What all customers within reach owe, a row per currency."""
    rows = db.session.execute(
        select(Invoice.currency, *_sums())
        .where(IS_OWED, *KIND.listed())
        .group_by(Invoice.currency)
        .order_by(Invoice.currency)
    )
    return [_aged(row[0], row[1:]) for row in rows]


def by_customer(currency: str) -> list[tuple[UUID, str, Aged]]:
    """What each customer owes in a currency: id, name, sums; who owes most on top, at most `MOST`."""
    total = func.sum(Invoice.owed)
    statement = (
        select(Account.id, Account.name, *_sums())
        .join(Account, Account.id == Invoice.account_id)
        .where(IS_OWED, Invoice.currency == currency, *KIND.listed())
        .group_by(Account.id, Account.name)
        .order_by(total.desc(), Account.id)
    )
    return [(row[0], row[1], _aged(currency, row[2:])) for row in db.session.execute(statement.limit(MOST))]


def in_advance() -> dict[str, Decimal]:
    """Currency → what customers within reach have paid for no invoice yet."""
    free = func.sum(Payment.free)
    rows: list[Any] = list(
        db.session.execute(select(Payment.currency, free).where(within_reach()).group_by(Payment.currency))
    )
    return {currency: amount for currency, amount in rows if amount}


def _ago(days: int) -> Any:
    return bindparam(f"day_{days}_ago", callable_=lambda: today() - timedelta(days=days), type_=Date())


def _sums() -> list[Any]:
    bands = [func.coalesce(func.sum(Invoice.owed).filter(within(band)), 0) for band in Band]
    return [*bands, func.sum(Invoice.owed)]


def _aged(currency: str, sums: Any) -> Aged:
    return Aged(currency, dict(zip(Band, sums[:-1], strict=True)), sums[-1])
