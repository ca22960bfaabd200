"""Reads of counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_
from sqlalchemy.orm import aliased, contains_eager, joinedload, lazyload

from saas.crm.inventory.models import CountState, StockCount, StockCountLine, StockLevel
from saas.crm.products.models import Product
from saas.db import db
from saas.found import the_one

SIZE = 50  # counts of a page
PAGE = 100  # lines of a page
MOST = 200  # differences that are shown before they are posted
NAMED = (joinedload(StockCount.warehouse), joinedload(StockCount.member))


@dataclass(frozen=True)
class Progress:
    """How far a count is."""

    lines: int
    counted: int
    differing: int


def count(count_id: UUID) -> StockCount:
    """A count, with its warehouse and who began it.

    Raises:
        NotFound: there is none of that id.
    """
    return the_one(select(StockCount).where(StockCount.id == count_id).options(*NAMED))


def lock_count(count_id: UUID) -> StockCount:
    """A count as it is now, held until the transaction ends.

    Raises:
        NotFound: there is none of that id.
    """
    held = select(StockCount).where(StockCount.id == count_id).options(lazyload("*")).with_for_update()
    return the_one(held.execution_options(populate_existing=True))


def counts(before: UUID | None = None, many: int = SIZE) -> list[StockCount]:
    """The counts, the newest first; those after `before`, the last of the page before."""
    found = select(StockCount).options(*NAMED)
    if before is not None:
        found = found.where(StockCount.id < before)
    return list(db.session.scalars(found.order_by(StockCount.id.desc()).limit(many)))


def open_counts() -> list[StockCount]:
    """The counts that are under way."""
    return list(db.session.scalars(select(StockCount).where(StockCount.state == CountState.OPEN).options(*NAMED)))


def lines(count_id: UUID) -> list[StockCountLine]:
    """What a count counts, by product."""
    return list(db.session.scalars(_lines(count_id)))


def lines_with(count_id: UUID, ids: Collection[UUID]) -> list[StockCountLine]:
    """These lines of a count, by product."""
    return list(db.session.scalars(_lines(count_id).where(StockCountLine.id.in_(ids))))


def page_of(count_id: UUID, after_id: UUID | None) -> list[StockCountLine]:
    """A page of what a count counts, by product; the one behind the line `after_id`."""
    found = _lines(count_id)
    if after_id is not None:
        found = found.where(_behind(after_id))
    return list(db.session.scalars(found.limit(PAGE)))


def after(count_id: UUID, line_id: UUID | None) -> bool:
    """True when there is a line behind this one."""
    if line_id is None:
        return False
    return db.session.scalars(_lines(count_id).where(_behind(line_id)).limit(1)).first() is not None


def differing(count_id: UUID) -> list[StockCountLine]:
    """The lines that were counted and differ, by product; a bounded number of them."""
    return list(
        db.session.scalars(_lines(count_id).where(StockCountLine.counted != StockCountLine.expected).limit(MOST))
    )


def _lines(count_id: UUID) -> Select[StockCountLine]:
    mine = select(StockCountLine).join(StockCountLine.product).where(StockCountLine.count_id == count_id)
    return mine.options(contains_eager(StockCountLine.product)).order_by(Product.name_key, StockCountLine.id)


def _behind(line_id: UUID) -> ColumnElement[bool]:
    line, product = aliased(StockCountLine), aliased(Product)
    joined = and_(product.tenant_id == line.tenant_id, product.id == line.product_id)
    there = select(product.name_key, line.id).select_from(line).join(product, joined).where(line.id == line_id)
    return tuple_(Product.name_key, StockCountLine.id) > there.scalar_subquery()


def progress(count_ids: list[UUID]) -> dict[UUID, Progress]:
    """How far these counts are."""
    differs = StockCountLine.counted != StockCountLine.expected
    asked = select(
        StockCountLine.count_id,
        func.count(),
        func.count(StockCountLine.counted),
        func.count().filter(differs),
    ).where(StockCountLine.count_id.in_(count_ids))
    return {row[0]: Progress(*row[1:]) for row in db.session.execute(asked.group_by(StockCountLine.count_id))}


def product_ids_in(warehouse_id: UUID, category: str | None) -> set[UUID]:
    """The products that are, or ever were, in a warehouse; of one category, or of all."""
    here = select(StockLevel.product_id).join(StockLevel.product).where(StockLevel.warehouse_id == warehouse_id)
    if category:
        here = here.where(Product.category == category)
    return set(db.session.scalars(here))
