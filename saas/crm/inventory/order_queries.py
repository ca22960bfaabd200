"""What is to be bought, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from saas.crm.inventory.models import NOTHING, StockLevel
from saas.crm.inventory.quantities import suggested
from saas.db import db

MOST = 500  # levels that are looked at


@dataclass(frozen=True)
class Wanted:
    """A level that is low, and what would fill it up."""

    level: StockLevel
    quantity: Decimal  # to buy; 0 where enough is coming


def count_low() -> int:
    """How many levels are below the quantity at which one is told."""
    low = select(func.count()).select_from(StockLevel).where(StockLevel.low_since.is_not(None))
    return db.session.scalar(low) or 0


def to_order() -> list[Wanted]:
    """What is low, the longest first; what fills up the warehouses counts for all of them together too."""
    low = select(StockLevel).where(StockLevel.low_since.is_not(None))
    named = (joinedload(StockLevel.product), joinedload(StockLevel.warehouse))
    levels = list(db.session.scalars(low.options(*named).order_by(StockLevel.low_since, StockLevel.id).limit(MOST)))
    places = {level.id: _wanted(level) for level in levels if level.warehouse_id is not None}
    bought: dict[object, Decimal] = {}
    for level in levels:
        if level.id in places:
            bought[level.product_id] = bought.get(level.product_id, NOTHING) + places[level.id]
    return [
        Wanted(level, places[level.id] if level.id in places else _wanted(level, bought.get(level.product_id, NOTHING)))
        for level in levels
    ]


def _wanted(level: StockLevel, bought: Decimal = NOTHING) -> Decimal:
    fill_to = level.fill_to if level.fill_to is not None else level.warn_below
    return suggested(level.available, level.coming + bought, fill_to or NOTHING, level.pack_size)
