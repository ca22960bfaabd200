"""The list of products: columns, sorts, filters."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement

from saas.crm.products import queries
from saas.crm.products.models import PRICE, Product
from saas.lists import Column, Filter, Listing
from saas.tenants import brought

ARCHIVED = "archived"


def _state(value: str) -> ColumnElement[bool] | None:
    return Product.archived_at.is_not(None) if value == ARCHIVED else None


def _named(names: list[str]) -> list[tuple[str, Any]]:
    return [(name, name) for name in names]


PRODUCTS = Listing(
    Product,
    columns=(
        Column("name", _l("Product"), Product.name, "name", sort=Product.name_key),
        Column("number", _l("Article number"), Product.number, sort=Product.number),
        Column("series", _l("Series"), Product.series),
        Column("category", _l("Category"), Product.category),
        Column("price", _l("List price"), Product.price, "money", sort=PRICE),
        Column("unit", _l("Unit"), Product.unit),
        Column("created", _l("Added"), Product.created_at, "moment", sort=Product.created_at, shown=False),
    ),
    filters=(
        Filter("series", _l("Series"), lambda: _named(queries.series()), lambda v: Product.series == v),
        Filter("category", _l("Category"), lambda: _named(queries.categories()), lambda v: Product.category == v),
        Filter("state", _l("State"), lambda: [(ARCHIVED, _l("No longer sold"))], _state),
        brought.filter_of(Product, "products"),
    ),
    always=(Product.currency,),
)
