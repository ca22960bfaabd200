"""Stock in and out: how much of each product lies in each warehouse. What comes in becomes movements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload

from saas.crm.inventory import actions, level_actions, queries, rules, warehouse_actions
from saas.crm.inventory.actions import Step
from saas.crm.inventory.lists import OF_PRODUCT, STOCK
from saas.crm.inventory.models import NOTHING, MovementKind, StockLevel, Warehouse
from saas.crm.inventory.quantities import STEP, plain
from saas.crm.transfer import values
from saas.crm.transfer.kind import NEW, Field, Kind, Match, Plan, Work
from saas.crm.transfer.kinds.products import ProductMatch
from saas.crm.transfer.values import Reading, Wrong
from saas.db import db
from saas.lists import Listing
from saas.search import fold
from saas.tenants.permissions import Permission

LIMITS = ("warn_below", "fill_to", "pack_size")
MOST = Decimal(10**9)


def quantity(cell: str, reading: Reading) -> Decimal:
    """A quantity, to the thousandth.

    Raises:
        Wrong: it is none, or below 0.
    """
    found = values.number(cell, reading)
    if not 0 <= found <= MOST:
        raise Wrong("number", value=cell)
    return found.quantize(STEP)


class WarehouseMatch(Match):
    """A warehouse by name or code; an unknown one is opened."""

    can_make = True
    fallback = NEW

    def find(self, names: Collection[str]) -> dict[str, Any]:
        found = {fold(one.code): one for one in queries.warehouses()}
        found |= {one.name_key: one for one in queries.warehouses()}
        return {name: found[name] for name in names if name in found}

    def known(self) -> dict[str, str]:
        return {one.name: str(one.id) for one in queries.warehouses()}

    def by_token(self, tokens: Collection[str]) -> dict[str, Any]:
        return {str(one.id): one for one in queries.warehouses() if str(one.id) in set(tokens)}

    def make(self, names: Sequence[str], work: Work) -> dict[str, Any]:
        values = [{"name": name, "address": None} for name in names]
        made = [
            warehouse_actions.create(one | {"code": _code(str(one["name"]))}, by=work.by, batch_id=work.run.batch_id)
            for one in values
        ]
        return {one.name_key: one for one in made}


def _code(name: str) -> str:
    """A code that no warehouse has, from a name."""
    taken = {one.code for one in queries.warehouses()}
    start = "".join(c for c in name.upper() if c.isalnum())[:8] or "W"
    return next(code for n in range(1, 10**6) if (code := start if n == 1 else f"{start}{n}") not in taken)


class Stock(Kind):
    """How much there is of each product in each warehouse."""

    key = "stock"
    label = _l("Stock")
    icon = "building-warehouse"
    model = StockLevel
    view, create, edit = Permission.STOCK_VIEW, Permission.STOCK_EDIT, Permission.STOCK_EDIT
    changed, removed = "stock_level.changed", "stock_level.removed"
    page = ("stock.index", "")
    built_in = (
        Field("product", _l("Product"), aliases=("product name", "article", "article number", "sku", "item", "产品",
              "产品名称", "产品编号", "商品"),
              required=True, column=StockLevel.product_id, match=ProductMatch()),
        Field("warehouse", _l("Warehouse"), aliases=("location", "store", "depot", "仓库名称", "库位"),
              match=WarehouseMatch()),
        Field("on_hand", _l("On hand"), quantity, ("quantity", "stock", "qty", "in stock", "opening stock", "库存",
              "数量", "库存数量", "期初库存"),
              required=True),
        Field("cost", _l("Cost of one"), quantity, ("unit cost", "cost", "purchase price", "成本", "进价")),
        Field("warn_below", _l("Warn below"), quantity, ("minimum", "min", "reorder level", "safety stock", "安全库存",
              "最低库存")),
        Field("fill_to", _l("Fill up to"), quantity, ("maximum", "max", "target", "目标库存", "最高库存")),
        Field("pack_size", _l("Pack size"), quantity, ("pack", "packing unit", "装箱数")),
    )  # fmt: skip

    def identity(self, plan: Plan) -> str | None:
        product, warehouse = plan.values.get("product"), plan.values.get("warehouse")
        ids = [getattr(one, "id", None) for one in (product, warehouse or warehouse_actions.first())]
        return f"place:{ids[0]}:{ids[1]}" if all(ids) else None

    def recognise(self, plans: Sequence[Plan], update_by: str) -> None:
        known = [plan for plan in plans if getattr(plan.values.get("product"), "id", None) is not None]
        wanted = {plan.values["product"].id for plan in known}
        filled = select(StockLevel).where(StockLevel.product_id.in_(wanted), StockLevel.on_hand != 0)
        found = {(one.product_id, one.warehouse_id): one for one in db.session.scalars(filled)}
        for plan in known:
            plan.record = found.get(_place(plan))

    def make(self, plans: Sequence[Plan], work: Work) -> list[Any]:
        places = [_place(plan) for plan in plans]
        shelves = level_actions.hold({product_id for product_id, _warehouse_id in places})
        steps = [
            Step(*place, MovementKind.IN, plan.values["on_hand"], unit_cost=plan.values.get("cost"))
            for plan, place in zip(plans, places, strict=True)
            if plan.values["on_hand"]
        ]
        actions.write(shelves, steps, by=work.by, batch_id=work.run.batch_id)
        levels = [shelves.level(*place) for place in places]
        for level, plan in zip(levels, plans, strict=True):
            for name in LIMITS:
                if name in plan.values:
                    setattr(level, name, plan.values[name] or None)
        shelves.settle(by=work.by)
        return levels

    def check(self, plan: Plan, work: Work) -> None:
        warn_below, fill_to = (plan.values.get(name) for name in ("warn_below", "fill_to"))
        if warn_below is not None and fill_to is not None and fill_to < warn_below:
            plan.refuse("below", column=str(self.field("fill_to").label), value=str(self.field("warn_below").label))
        elif getattr(plan.values.get("product"), "id", None) and _place(plan) in work.once("counted", _counted):
            plan.refuse("counted")
        elif plan.record is not None and not rules.may_sell_below_zero():
            self._check_reserved(plan)

    def _check_reserved(self, plan: Plan) -> None:
        if plan.values.get("on_hand", plan.record.on_hand) < plan.record.reserved:
            plan.refuse("reserved", value=str(plain(plan.record.reserved)))

    def change(self, plan: Plan, work: Work) -> None:
        for name in ("on_hand", *LIMITS):
            before, after = getattr(plan.record, name), plan.values.get(name)
            if name in plan.values and before != (after if name == "on_hand" else after or None):
                plan.changed[name] = [before, after]
        if plan.changed and not work.is_rehearsal:
            self._put(plan.record, {name: pair[1] for name, pair in plan.changed.items()}, work)

    def restore(self, record: Any, before: Mapping[str, Any], work: Work) -> None:
        self._put(record, {name: value and Decimal(value) for name, value in before.items()}, work)

    def take_out(self, records: Sequence[Any], work: Work) -> bool:
        for record in records:
            self._put(record, dict.fromkeys(("on_hand", *LIMITS), None), work)
        return True

    def _put(self, level: StockLevel, wanted: Mapping[str, Decimal | None], work: Work) -> None:
        """Set a level right by a movement, and write what one is told of."""
        assert level.warehouse_id is not None
        if "on_hand" in wanted:
            actions.adjust(level.product_id, level.warehouse_id, wanted["on_hand"] or NOTHING, None, by=work.by)
        limits = {name: getattr(level, name) for name in LIMITS} | {n: wanted[n] for n in LIMITS if n in wanted}
        level_actions.set_warning(level.product_id, level.warehouse_id, limits, by=work.by)

    def rows(self) -> Select[Any]:
        named = (joinedload(StockLevel.product), joinedload(StockLevel.warehouse))
        return select(StockLevel).where(StockLevel.warehouse_id.is_not(None)).options(*named)

    def cells(self, record: Any, fields: Any) -> list[Any]:
        shown = {
            "product": record.product.name,
            "warehouse": record.warehouse.name if record.warehouse else None,
            "cost": record.product.cost,
            **{name: getattr(record, name) for name in ("on_hand", *LIMITS)},
        }
        return [shown[one.key] for one in fields]

    def listing(self) -> tuple[Listing, tuple[ColumnElement[bool], ...], str]:
        return STOCK, (*OF_PRODUCT, StockLevel.warehouse_id.is_not(None)), "stock.index"


def _counted() -> set[tuple[UUID, UUID | None]]:
    """What counts hold: (product, warehouse)."""
    held = select(StockLevel.product_id, StockLevel.warehouse_id).where(StockLevel.count_id.is_not(None))
    return {(product_id, warehouse_id) for product_id, warehouse_id in db.session.execute(held)}


def _place(plan: Plan) -> tuple[UUID, UUID]:
    warehouse: Warehouse = plan.values.get("warehouse") or warehouse_actions.first()
    return plan.values["product"].id, warehouse.id


KIND = Stock()
