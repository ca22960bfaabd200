"""Reads of tax rates."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select

from saas.crm.products.models import Product, TaxRate
from saas.db import db
from saas.found import the_one
from saas.kept import kept
from saas.statements import Statement, written_once


@dataclass(frozen=True)
class Rate:
    """A tax rate as pages and papers use it; `percent` of 19 is 19 %."""

    id: UUID
    name: str
    percent: Decimal
    is_default: bool
    is_archived: bool


@written_once
def _rates() -> Statement:
    columns = (TaxRate.id, TaxRate.name, TaxRate.percent, TaxRate.is_default, TaxRate.archived_at)
    return select(*columns).order_by(TaxRate.is_default.desc(), TaxRate.percent.desc(), TaxRate.name, TaxRate.id)


@kept
def every() -> dict[UUID, Rate]:
    """All rates by id, archived ones too: the default first, then the highest; none before `tax_actions.begun`."""
    return {r.id: Rate(r.id, r.name, r.percent, r.is_default, r.archived_at is not None) for r in _rates().rows()}


def offered() -> list[Rate]:
    """The rates that one may choose, the default first."""
    return [rate for rate in every().values() if not rate.is_archived]


def rate_of(tax_rate_id: UUID | None) -> Rate:
    """The rate that something has which names this one, or none.

    Raises:
        LookupError: the workspace hasn't begun its rates: `tax_actions.begun`.
    """
    found = every()
    if tax_rate_id is not None and tax_rate_id in found:
        return found[tax_rate_id]
    default = next((rate for rate in found.values() if rate.is_default), None)
    if default is None:
        raise LookupError("the workspace has no tax rates yet")
    return default


def rate(rate_id: UUID) -> TaxRate:
    """The row of a rate.

    Raises:
        NotFound: there is none.
    """
    return the_one(select(TaxRate).where(TaxRate.id == rate_id))


def lock_rates() -> list[TaxRate]:
    """All rows, held until the transaction ends."""
    statement = select(TaxRate).order_by(TaxRate.id).with_for_update()
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def uses() -> dict[UUID, int]:
    """Rate → how many products name it, archived ones among them."""
    statement = select(Product.tax_rate_id, func.count()).where(Product.tax_rate_id.is_not(None))
    return {UUID(str(row[0])): int(row[1]) for row in db.session.execute(statement.group_by(Product.tax_rate_id))}
