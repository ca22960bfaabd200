"""What is stored of each product's stock, held while it changes: every verb that changes stock goes through `hold`.

A product's sum over all warehouses is locked first, in the order of the products' ids, so that two papers that want
the same products wait for each other and never for ever. Whoever needs several products holds them all at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert as upsert

from saas import clock
from saas.crm.customers.actions import apply
from saas.crm.inventory import queries, rules
from saas.crm.inventory.models import NOTHING, PlanKind, StockLevel, StockPlan, Warehouse
from saas.crm.inventory.quantities import said
from saas.crm.products.models import Product
from saas.db import current_tenant, db, new_id
from saas.errors import Conflict, NotFound, Refused
from saas.tenants import events
from saas.tenants.models import Member
from saas.tenants.scope import Actor

LOW, WARNED = "product.stock_low", "product.stock_level_set"
RELEASED = "product.stock_released"
Paper = tuple[str, UUID]  # the table of what wants stock or brings it, and its id


class Short(Conflict):
    """There is less than is wanted."""

    field = "quantity"

    def __init__(self, product: Product, wanted: Decimal, available: Decimal, where: str | None = None) -> None:
        told = {"name": product.name, "wanted": said(wanted), "available": said(max(available, NOTHING))}
        if where is None:
            sentence = _("Of %(name)s %(available)s are available, not %(wanted)s.", **told)
        else:
            sentence = _("Of %(name)s %(available)s are available in %(where)s, not %(wanted)s.", where=where, **told)
        super().__init__(sentence)
        self.product = product
        self.wanted = wanted
        self.available = available


class Shelves:
    """The levels of some products, held until the transaction ends."""

    def __init__(self, products: dict[UUID, Product], levels: list[StockLevel]) -> None:
        self.products = products
        self._levels = {(level.product_id, level.warehouse_id): level for level in levels}
        self._may_lack = rules.may_sell_below_zero()

    def total(self, product_id: UUID) -> StockLevel:
        """The level of a product over all warehouses."""
        return self._levels[product_id, None]

    def level(self, product_id: UUID, warehouse_id: UUID) -> StockLevel:
        """The level of a product in a warehouse; made when it is first asked for."""
        found = self._levels.get((product_id, warehouse_id))
        if found is None:
            found = StockLevel(product_id=product_id, warehouse_id=warehouse_id, **_empty())
            db.session.add(found)
            self._levels[product_id, warehouse_id] = found
        return found

    def places(self, product_id: UUID) -> list[StockLevel]:
        """The levels of a product in each warehouse that has had any."""
        return [level for (one, where), level in self._levels.items() if one == product_id and where is not None]

    def room(self, level: StockLevel) -> Decimal | None:
        """How much of a level may be taken; None: any quantity, since the workspace sells below zero."""
        return None if self._may_lack else max(level.available, NOTHING)

    def add(self, level: StockLevel, name: str, quantity: Decimal) -> None:
        """Add to one column of a warehouse's level, and to the product's sum.

        Raises:
            ValueError: something planned would come below nothing.
        """
        for one in (level, self.total(level.product_id)):
            after = getattr(one, name) + quantity
            if name != "on_hand" and after < 0:
                raise ValueError(f"{name} of {level.product_id} would be {after}")
            setattr(one, name, after)

    def take(self, level: StockLevel, quantity: Decimal, warehouse: Warehouse) -> None:
        """Take from what is available in a warehouse.

        Raises:
            Short: that isn't as much, and the workspace doesn't sell below zero.
        """
        room = self.room(level)
        if room is not None and quantity > room:
            raise Short(self.products[level.product_id], quantity, level.available, warehouse.name)
        self.add(level, "on_hand", -quantity)

    def let_go(self, level: StockLevel, quantity: Decimal, *, by: Actor) -> None:
        """Have papers give back what they have reserved here, the last first, until so much may be taken; less where
        they haven't as much. For what turns out never to have been there.
        """
        missing = NOTHING if self._may_lack else quantity - max(level.available, NOTHING)
        if missing <= 0:
            return
        here = (StockPlan.kind == PlanKind.RESERVED, StockPlan.product_id == level.product_id)
        held = select(StockPlan).where(*here, StockPlan.warehouse_id == level.warehouse_id)
        for plan in db.session.scalars(held.order_by(StockPlan.created_at.desc(), StockPlan.id.desc())).all():
            part, paper = min(plan.quantity, missing), (plan.for_kind, plan.for_id)
            if part > 0:
                self.plan(PlanKind.RESERVED, paper, level, -part, by=by)
                facts = {"quantity": part, "for_kind": paper[0], "for_id": paper[1]}
                events.record(RELEASED, self.products[level.product_id], by=by, changed=facts)
                missing -= part

    def plan(self, kind: PlanKind, paper: Paper, level: StockLevel, quantity: Decimal, *, by: Actor) -> None:
        """Have a paper want or bring so much more of a level; less, where `quantity` is below 0."""
        assert level.warehouse_id is not None
        place = {"product_id": level.product_id, "warehouse_id": level.warehouse_id}
        known = StockPlan.kind == kind, StockPlan.for_kind == paper[0], StockPlan.for_id == paper[1]
        found = db.session.scalars(select(StockPlan).where(*known).filter_by(**place)).one_or_none()
        if found is None:
            member_id = by.id if isinstance(by, Member) else None
            found = StockPlan(kind=kind, for_kind=paper[0], for_id=paper[1], quantity=NOTHING, **place)
            found.member_id = member_id
            db.session.add(found)
        found.quantity += quantity
        self.add(level, kind.value, quantity)
        if found.quantity < 0:
            raise ValueError(f"{paper} never wanted as much")
        if found.quantity == 0:
            db.session.delete(found)
        db.session.flush()

    def settle(self, *, by: Actor) -> None:
        """Note which levels fell below the quantity at which one is warned, and which have recovered."""
        fallen = []
        for level in self._levels.values():
            is_low = level.warn_below is not None and level.available < level.warn_below
            if is_low and level.low_since is None:
                level.low_since = clock.now()
                fallen.append(level)
            elif not is_low:
                level.low_since = None
        db.session.flush()
        for level in fallen:
            facts = {"level_id": level.id, "available": level.available, "warn_below": level.warn_below}
            events.record(LOW, self.products[level.product_id], by=by, changed=facts)


def hold(product_ids: Collection[UUID]) -> Shelves:
    """The levels of these products as they are now, held until the transaction ends.

    Raises:
        NotFound: the workspace has no such product.
    """
    wanted = set(product_ids)
    if len(db.session.scalars(select(Product.id).where(Product.id.in_(wanted))).all()) != len(wanted):
        raise NotFound
    _begin(wanted)
    # The sum comes first, so that it guards the rows of the warehouses, which may be made meanwhile.
    ordered = select(StockLevel).where(StockLevel.product_id.in_(wanted), StockLevel.warehouse_id.is_(None))
    totals = _now(ordered)
    places = _now(select(StockLevel).where(StockLevel.product_id.in_(wanted), StockLevel.warehouse_id.is_not(None)))
    known = select(Product).where(Product.id.in_(wanted)).execution_options(populate_existing=True)
    return Shelves({one.id: one for one in db.session.scalars(known)}, [*totals, *places])


def _now(statement: Select[StockLevel]) -> list[StockLevel]:
    ordered = statement.order_by(StockLevel.product_id, StockLevel.id).with_for_update()
    return list(db.session.scalars(ordered.execution_options(populate_existing=True)))


def _begin(product_ids: set[UUID]) -> None:
    """Make the sums that are lacking, in the order of the ids and before anything is held."""
    sums = select(StockLevel.product_id).where(
        StockLevel.product_id.in_(product_ids), StockLevel.warehouse_id.is_(None)
    )
    lacking = sorted(product_ids - set(db.session.scalars(sums)))
    if not lacking:
        return
    now = clock.now()
    row = {"tenant_id": current_tenant(), "version": 1, "created_at": now, "updated_at": now} | _empty()
    rows = [row | {"id": new_id(), "product_id": one} for one in lacking]
    made = upsert(StockLevel).values(rows)
    db.session.execute(
        made.on_conflict_do_nothing(
            index_elements=["tenant_id", "product_id"], index_where=StockLevel.warehouse_id.is_(None)
        )
    )


def _empty() -> dict[str, Decimal]:
    return dict.fromkeys(("on_hand", *(kind.value for kind in PlanKind)), NOTHING)


def set_warning(
    product_id: UUID, warehouse_id: UUID | None, values: Mapping[str, Decimal | None], *, by: Actor
) -> StockLevel:
    """Say below which quantity one is told, and what is then bought.

    Args:
        product_id: what.
        warehouse_id: where; None: in all warehouses together.
        values: warn_below, fill_to, pack_size.
        by: who says so.

    Raises:
        NotFound: the workspace has no such product or warehouse.
        Refused: a purchase would fill it up to less than the level.
    """
    warn_below, fill_to = values["warn_below"], values["fill_to"]
    if warn_below is not None and fill_to is not None and fill_to < warn_below:
        raise Refused(_("Fill up to at least the level below which you are told."), field="fill_to")
    place = queries.warehouse(warehouse_id) if warehouse_id else None
    shelves = hold({product_id})
    level = shelves.level(product_id, place.id) if place else shelves.total(product_id)
    changed = apply(level, {**values, "pack_size": values["pack_size"] or None})
    if changed:
        where = place.name if place else None
        events.record(WARNED, shelves.products[product_id], by=by, changed={**changed, "warehouse": where})
        shelves.settle(by=by)
    return level
