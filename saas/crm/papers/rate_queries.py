"""Reads about rates of exchange."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from saas.crm.papers.models import ExchangeRate
from saas.db import db
from saas.found import the_one
from saas.tenants import scope


@dataclass(frozen=True)
class Rate:
    """What one unit of a currency is worth in the workspace's own; `on`: the day it was noted for, None of its own."""

    rate: Decimal
    on: date | None


def rate_of(currency: str, on: date) -> Rate | None:
    """The rate that holds on a day; None where none was noted by then."""
    if currency == scope.workspace().currency:
        return Rate(Decimal(1), None)
    noted = select(ExchangeRate).where(ExchangeRate.currency == currency, ExchangeRate.valid_from <= on)
    found = db.session.scalars(noted.order_by(ExchangeRate.valid_from.desc()).limit(1)).first()
    return Rate(found.rate, found.valid_from) if found else None


def rates() -> list[ExchangeRate]:
    """Every rate that was noted, by currency, the newest first."""
    return list(
        db.session.scalars(select(ExchangeRate).order_by(ExchangeRate.currency, ExchangeRate.valid_from.desc()))
    )


def noted(currency: str, on: date) -> ExchangeRate | None:
    """What was noted for exactly this day."""
    statement = select(ExchangeRate).where(ExchangeRate.currency == currency, ExchangeRate.valid_from == on)
    return db.session.scalars(statement).first()


def the_rate(rate_id: UUID) -> ExchangeRate:
    """One that was noted.

    Raises:
        NotFound: there is none of that id.
    """
    return the_one(select(ExchangeRate).where(ExchangeRate.id == rate_id))
