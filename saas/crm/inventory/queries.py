"""Reads of stock."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from saas.crm.inventory.models import (
    NOTHING,
    PlanKind,
    StockLevel,
    StockMovement,
    StockPlan,
    Warehouse,
)
from saas.crm.products.models import Product
from saas.db import db
from saas.errors import NotFound
from saas.found import the_one

AVAILABLE = StockLevel.on_hand - StockLevel.reserved
IS_SUM = StockLevel.warehouse_id.is_(None)
IS_STOCKED = or_(
    StockLevel.on_hand != 0,
    StockLevel.reserved != 0,
    StockLevel.soft_reserved != 0,
    StockLevel.on_order != 0,
    StockLevel.in_transit != 0,
)
LATEST = 5  # movements on a product's page


# ── warehouses ──────────────────────────────────────────────────────────────────────────────────────────────────────


def warehouse(warehouse_id: UUID) -> Warehouse:
    """A warehouse, closed or not.

    Raises:
        NotFound: there is none of that id.
    """
    return the_one(select(Warehouse).where(Warehouse.id == warehouse_id))


def warehouses() -> list[Warehouse]:
    """The warehouses that are open, by name."""
    open_ones = select(Warehouse).where(Warehouse.archived_at.is_(None))
    return list(db.session.scalars(open_ones.order_by(Warehouse.name_key, Warehouse.id)))


def all_warehouses() -> list[Warehouse]:
    """All warehouses, the open ones first, by name."""
    order = (Warehouse.archived_at.is_not(None), Warehouse.name_key, Warehouse.id)
    return list(db.session.scalars(select(Warehouse).order_by(*order)))


def warehouses_with(ids: Collection[UUID]) -> dict[UUID, Warehouse]:
    """These warehouses by id.

    Raises:
        NotFound: one of them isn't there.
    """
    found = {one.id: one for one in db.session.scalars(select(Warehouse).where(Warehouse.id.in_(ids)))}
    if len(found) != len(set(ids)):
        raise NotFound
    return found


def count_stocked(warehouse_id: UUID) -> int:
    """How many products lie in a warehouse, are promised from there or on their way."""
    here = select(func.count()).select_from(StockLevel).where(StockLevel.warehouse_id == warehouse_id, IS_STOCKED)
    return db.session.scalar(here) or 0


def counts_of_stocked() -> dict[UUID, int]:
    """`count_stocked` of every warehouse that has any."""
    counted = select(StockLevel.warehouse_id, func.count()).where(StockLevel.warehouse_id.is_not(None), IS_STOCKED)
    return {where: many for where, many in db.session.execute(counted.group_by(StockLevel.warehouse_id)) if where}


# ── levels ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def total_of(product_id: UUID) -> StockLevel | None:
    """A product's level over all warehouses; None where it never had any."""
    return db.session.scalars(select(StockLevel).where(StockLevel.product_id == product_id, IS_SUM)).one_or_none()


def level_of(product_id: UUID, warehouse_id: UUID | None) -> StockLevel | None:
    """A product's level in a warehouse, or in all of them; None where it never had any."""
    if warehouse_id is None:
        return total_of(product_id)
    here = (StockLevel.product_id == product_id, StockLevel.warehouse_id == warehouse_id)
    return db.session.scalars(select(StockLevel).where(*here)).one_or_none()


def places_of(product_id: UUID) -> list[StockLevel]:
    """A product's levels in the warehouses that are open, by the warehouses' names."""
    here = (StockLevel.product_id == product_id, Warehouse.archived_at.is_(None))
    found = select(StockLevel).join(StockLevel.warehouse).where(*here).options(joinedload(StockLevel.warehouse))
    return list(db.session.scalars(found.order_by(Warehouse.name_key, Warehouse.id)))


# ── movements and plans ─────────────────────────────────────────────────────────────────────────────────────────────


def movement(movement_id: UUID) -> StockMovement:
    """A movement, with what its line names.

    Raises:
        NotFound: there is none of that id.
    """
    named = (joinedload(StockMovement.product), joinedload(StockMovement.warehouse))
    return the_one(select(StockMovement).where(StockMovement.id == movement_id).options(*named))


def latest_of(product_id: UUID, many: int = LATEST) -> list[StockMovement]:
    """The last movements of a product, each with its warehouse and who made it."""
    named = (joinedload(StockMovement.warehouse), joinedload(StockMovement.member))
    mine = select(StockMovement).where(StockMovement.product_id == product_id).options(*named)
    return list(db.session.scalars(mine.order_by(StockMovement.id.desc()).limit(many)))


def movements_of(paper: tuple[str, UUID]) -> list[StockMovement]:
    """What a paper (its table and id) moved, in its order."""
    mine = (StockMovement.for_kind == paper[0], StockMovement.for_id == paper[1])
    return list(db.session.scalars(select(StockMovement).where(*mine).order_by(StockMovement.id)))


def legs(transfer_id: UUID | None) -> list[StockMovement]:
    """The movements of a transfer: out, and in once it has arrived."""
    found = select(StockMovement).where(StockMovement.transfer_id == transfer_id).order_by(StockMovement.id)
    return list(db.session.scalars(found))


def leg(transfer_id: UUID) -> StockMovement:
    """The movement by which a transfer left."""
    return legs(transfer_id)[0]


def corrected(movement_ids: Collection[UUID]) -> set[UUID]:
    """Those of the movements that were corrected."""
    undone = select(StockMovement.undoes_id).where(StockMovement.undoes_id.in_(movement_ids))
    return {one for one in db.session.scalars(undone) if one is not None}


def plans_of(paper: tuple[str, UUID], kind: PlanKind) -> list[StockPlan]:
    """What a paper (its table and id) has planned, oldest first, as it is now."""
    mine = (StockPlan.for_kind == paper[0], StockPlan.for_id == paper[1], StockPlan.kind == kind)
    found = select(StockPlan).where(*mine).order_by(StockPlan.id).execution_options(populate_existing=True)
    return list(db.session.scalars(found))


def still_in_transit(transfer_id: UUID) -> StockPlan | None:
    """What of a transfer is on its way, as it is now; None once it has arrived."""
    mine = (StockPlan.for_id == transfer_id, StockPlan.kind == PlanKind.IN_TRANSIT)
    found = select(StockPlan).where(*mine).execution_options(populate_existing=True)
    return db.session.scalars(found).one_or_none()


def in_transit(transfer_id: UUID) -> StockPlan:
    """What of a transfer is on its way.

    Raises:
        NotFound: it has arrived, or there is no such transfer.
    """
    found = still_in_transit(transfer_id)
    if found is None:
        raise NotFound
    return found


def transits(product_id: UUID | None = None) -> list[StockPlan]:
    """What is on its way between warehouses, the oldest first; of one product, or of all."""
    named = (joinedload(StockPlan.product), joinedload(StockPlan.warehouse))
    found = select(StockPlan).where(StockPlan.kind == PlanKind.IN_TRANSIT).options(*named)
    if product_id is not None:
        found = found.where(StockPlan.product_id == product_id)
    return list(db.session.scalars(found.order_by(StockPlan.id).limit(100)))


# ── whether it adds up ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Mismatch:
    """A stored quantity that differs from what explains it."""

    product: str
    warehouse: str | None  # None: of all together
    column: str
    stored: Decimal
    explained: Decimal


def mismatches() -> list[Mismatch]:
    """Where what is stored isn't the sum of the movements and plans; nothing, unless somebody changed it by hand."""
    return [one for column in ("on_hand", *(kind.value for kind in PlanKind)) for one in _mismatches(column)]


def _mismatches(column: str) -> list[Mismatch]:
    source: Any = StockMovement if column == "on_hand" else StockPlan
    which = () if column == "on_hand" else (StockPlan.kind == PlanKind(column),)
    stored = getattr(StockLevel, column)
    place = or_(IS_SUM, source.warehouse_id == StockLevel.warehouse_id)
    explained = (
        select(func.coalesce(func.sum(source.quantity), NOTHING))
        .where(source.product_id == StockLevel.product_id, place, *which)
        .correlate(StockLevel)
        .scalar_subquery()
    )
    asked = (
        select(Product.name, Warehouse.name, stored, explained)
        .select_from(StockLevel)
        .join(Product, and_(Product.tenant_id == StockLevel.tenant_id, Product.id == StockLevel.product_id))
        .outerjoin(
            Warehouse, and_(Warehouse.tenant_id == StockLevel.tenant_id, Warehouse.id == StockLevel.warehouse_id)
        )
        .where(stored != explained)
        .order_by(Product.name_key)
    )
    found = [Mismatch(name, where, column, has, should) for name, where, has, should in db.session.execute(asked)]
    return [*found, *_without_level(source, which, column)]


def _without_level(source: Any, which: tuple[Any, ...], column: str) -> list[Mismatch]:
    """Movements or plans of a place for which no level is stored."""
    has_level = exists().where(
        StockLevel.product_id == source.product_id, StockLevel.warehouse_id == source.warehouse_id
    )
    asked = (
        select(Product.name, Warehouse.name, func.sum(source.quantity))
        .select_from(source)
        .join(source.product)
        .join(source.warehouse)
        .where(~has_level, *which)
        .group_by(Product.name, Warehouse.name)
    )
    return [Mismatch(name, where, column, NOTHING, should) for name, where, should in db.session.execute(asked)]
