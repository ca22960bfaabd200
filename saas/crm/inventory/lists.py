"""The lists of stock and of movements: columns, sorts, filters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import ColumnElement, select

from saas import clock
from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary
from saas.crm.inventory import queries
from saas.crm.inventory.models import KIND_LOOKS, KIND_WORDS, MovementKind, StockLevel, StockMovement, Warehouse
from saas.crm.inventory.quantities import said, signed
from saas.crm.products import queries as products
from saas.crm.products.models import Product
from saas.lists import Column, Filter, Listing
from saas.tenants import brought
from saas.tenants.models import Member

WAREHOUSE, LOW, EMPTY, ALL = "warehouse", "low", "empty", "all"
PERIODS = {"7": _l("In the last 7 days"), "30": _l("In the last 30 days"), "365": _l("In the last 12 months")}
# Joined by the condition, since it is by the product's name that stock is sorted.
OF_PRODUCT = (StockLevel.product_id == Product.id,)
WAREHOUSE_NAME = (
    select(Warehouse.name).where(Warehouse.id == StockLevel.warehouse_id).correlate(StockLevel).scalar_subquery()
)


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def _equal(column: Any) -> Callable[[str], ColumnElement[bool] | None]:
    def where(value: str) -> ColumnElement[bool] | None:
        key = _uuid(value)
        return None if key is None else column == key

    return where


def _warehouses() -> list[tuple[str, str]]:
    return [(str(one.id), one.name) for one in queries.warehouses()]


def _state(value: str) -> ColumnElement[bool] | None:
    found = {LOW: StockLevel.low_since.is_not(None), EMPTY: queries.AVAILABLE <= 0}
    return found.get(value)


def _categories() -> list[tuple[str, str]]:
    return [(name, name) for name in products.categories()]


def _kind(value: str) -> ColumnElement[bool] | None:
    return StockMovement.kind == MovementKind(value) if value in set(MovementKind) else None


def _period(value: str) -> ColumnElement[bool] | None:
    return StockMovement.created_at >= clock.now() - timedelta(days=int(value)) if value in PERIODS else None


def _typed(value: str) -> Product | None:
    """The product of an id, a name or an article number."""
    key = _uuid(value)
    if key is not None:
        return next(iter(products.products_with([key])), None)
    return next(iter(products.spelled([value]).values()), None)


def _of_product(value: str) -> ColumnElement[bool] | None:
    found = _typed(value)
    return StockMovement.product_id == found.id if found else None


def _product_named(value: str) -> str | None:
    found = _typed(value)
    return found.name if found else None


def _kind_badge(value: MovementKind) -> tuple[Any, str]:
    return KIND_WORDS[value], KIND_LOOKS.get(value, "neutral")


STOCK = Listing(
    StockLevel,
    columns=(
        Column("name", _l("Product"), Product.name, "name", sort=Product.name_key),
        Column("number", _l("Article number"), Product.number),
        Column("category", _l("Category"), Product.category, shown=False),
        Column("warehouse", _l("Warehouse"), WAREHOUSE_NAME, shown=False),
        Column("on_hand", _l("On hand"), StockLevel.on_hand, "number", sort=StockLevel.on_hand),
        Column("reserved", _l("Reserved"), StockLevel.reserved, "number"),
        Column("soft", _l("Offered"), StockLevel.soft_reserved, "number", shown=False),
        Column("available", _l("Available"), queries.AVAILABLE, "number", sort=queries.AVAILABLE),
        Column("on_order", _l("On order"), StockLevel.on_order, "number"),
        Column("in_transit", _l("In transit"), StockLevel.in_transit, "number", shown=False),
        Column("warn_below", _l("Warn below"), StockLevel.warn_below, "number"),
        Column("fill_to", _l("Fill up to"), StockLevel.fill_to, "number", shown=False),
        Column("low", _l("Low since"), StockLevel.low_since, "moment", shown=False),
        Column("unit", _l("Unit"), Product.unit, words=lambda unit: words.label(Dictionary.UNIT, unit)),
    ),
    filters=(
        Filter(WAREHOUSE, _l("Warehouse"), _warehouses, _equal(StockLevel.warehouse_id)),
        Filter("state", _l("State"), lambda: [(LOW, _l("Below the level")), (EMPTY, _l("None available"))], _state),
        Filter("category", _l("Category"), _categories, lambda value: Product.category == value),
        brought.filter_of(StockLevel, "stock"),
    ),
    always=(StockLevel.product_id, StockLevel.low_since),
)

_NAMES: dict[Any, Any] = {
    model: select(model.name).where(model.id == key).correlate(StockMovement).scalar_subquery()
    for model, key in (
        (Product, StockMovement.product_id),
        (Warehouse, StockMovement.warehouse_id),
        (Member, StockMovement.member_id),
    )
}

MOVEMENTS = Listing(
    StockMovement,
    columns=(
        Column("product", _l("Product"), _NAMES[Product], "name"),
        Column("at", _l("When"), StockMovement.created_at, "moment", sort=StockMovement.created_at),
        Column("kind", _l("Kind"), StockMovement.kind, "badge", words=_kind_badge),
        Column("quantity", _l("Quantity"), StockMovement.quantity, "number"),
        Column("on_hand", _l("On hand after it"), StockMovement.on_hand, "number"),
        Column("warehouse", _l("Warehouse"), _NAMES[Warehouse]),
        Column("reason", _l("Reason"), StockMovement.reason),
        Column("member", _l("Who"), _NAMES[Member]),
    ),
    filters=(
        Filter("kind", _l("Kind"), lambda: [(k.value, KIND_WORDS[k]) for k in MovementKind], _kind),
        Filter(WAREHOUSE, _l("Warehouse"), _warehouses, _equal(StockMovement.warehouse_id)),
        Filter("period", _l("When"), lambda: list(PERIODS.items()), _period),
        Filter(
            "product",
            _l("Product"),
            list,
            _of_product,
            pinned=False,
            hint=_l("Name or article number"),
            says=_product_named,
        ),
    ),
    sort="-at",
)


def stock_where(asked: Any) -> tuple[ColumnElement[bool], ...]:
    """What the list of stock always holds to: one line a product, unless a warehouse or a file is chosen."""
    is_by_warehouse = _uuid(asked.get(WAREHOUSE, "")) is not None or brought.KEY in asked
    return OF_PRODUCT if is_by_warehouse else (*OF_PRODUCT, queries.IS_SUM)


def quantity_cells() -> dict[str, Callable[[Any, Any], Any]]:
    """How the quantities of the list of stock are drawn."""
    shown = ("on_hand", "reserved", "soft", "available", "on_order", "in_transit", "warn_below", "fill_to")
    return dict.fromkeys(shown, lambda value, _row: said(value) if value is not None else "—")


def movement_cells() -> dict[str, Callable[[Any, Any], Any]]:
    """How the quantities of the list of movements are drawn."""
    return {"quantity": lambda value, _row: signed(value), "on_hand": lambda value, _row: said(value)}


STOCK_WORDS = {
    "on_hand": _l("On hand"),
    "reserved": _l("Reserved"),
    "soft_reserved": _l("Offered"),
    "available": _l("Available"),
    "in_transit": _l("In transit"),
    "on_order": _l("On order"),
}
"""What the columns of a level are called, in the order of the pages."""

COUNT_PLACE = lazy_pgettext("stock", "Counts")
