"""The list of products: columns, sorts, filters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from saas import grids, ui
from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary
from saas.crm.products import queries, tax_queries
from saas.crm.products.categories import BETWEEN
from saas.crm.products.models import PRICE, Product
from saas.crm.products.tax_forms import told
from saas.lists import Column, Filter, Listing
from saas.tenants import brought

ARCHIVED, COMING, OVER = "archived", "coming", "over"


def _state(value: str) -> ColumnElement[bool] | None:
    today = ui.words().today
    states = {
        ARCHIVED: Product.archived_at.is_not(None),
        COMING: Product.sold_from > today,
        OVER: Product.sold_until < today,
    }
    return states.get(value)


def _taxes() -> list[tuple[str, Any]]:
    return [(str(rate.id), told(rate)) for rate in tax_queries.every().values()]


def _with_tax(value: str) -> ColumnElement[bool] | None:
    rate = next((one for one in tax_queries.every().values() if str(one.id) == value), None)
    if rate is None:
        return None
    named = Product.tax_rate_id == rate.id
    return or_(named, Product.tax_rate_id.is_(None)) if rate.is_default else named


def _states() -> list[tuple[str, Any]]:
    return [(ARCHIVED, _l("No longer sold")), (COMING, _l("Not sold yet")), (OVER, _l("Sold until a day past"))]


def _both() -> list[tuple[str, Any]]:
    return [("yes", _l("Yes")), ("no", _l("No"))]


def _yes(is_so: bool) -> Any:
    return _l("Yes") if is_so else _l("No")


def cells(currency: str) -> dict[str, Callable[[Any, Any], Any]]:
    """The columns of the list with a look of their own; costs are in the workspace's `currency`."""
    return {
        "price": _price,
        "cost": lambda value, row: grids.EMPTY if value is None else ui.price(value, currency),
        "tax": lambda value, row: ui.share(tax_queries.rate_of(value).percent),
    }


def _price(value: Decimal | None, row: Any) -> Any:
    """A product's price; of a variant without one that of its product, muted."""
    if value is None:
        return grids.EMPTY
    shown = ui.price(value, row.currency)
    return shown if row.price is not None else Markup('<span class="muted">{}</span>').format(shown)


def span(begins: date | None, ends: date | None) -> Markup | str:
    """From when until when something holds, in words; nothing where it always does."""
    both = {"begins": ui.day(begins), "ends": ui.day(ends)}
    if begins and ends:
        return Markup(_("from %(begins)s until %(ends)s")) % both  # noqa: S704 - our own words
    if begins:
        return Markup(_("from %(begins)s")) % both  # noqa: S704 - our own words
    return Markup(_("until %(ends)s")) % both if ends else ""  # noqa: S704 - our own words


def _in_category(value: str) -> ColumnElement[bool]:
    return or_(Product.category == value, Product.category.startswith(value + BETWEEN, autoescape=True))


def _kind(value: str) -> ColumnElement[bool] | None:
    kinds = {
        "plain": and_(Product.variant_of_id.is_(None), Product.is_bundle.is_(False)),
        "variant": Product.variant_of_id.is_not(None),
        "bundle": Product.is_bundle.is_(True),
    }
    return kinds.get(value)


def _kinds() -> list[tuple[str, Any]]:
    return [("plain", _l("Neither variants nor bundles")), ("variant", _l("Variants")), ("bundle", _l("Bundles"))]


PARENT = aliased(Product)
PARENT_PRICE = select(PARENT.price).where(PARENT.id == Product.variant_of_id).correlate(Product).scalar_subquery()


def _named(names: list[str]) -> list[tuple[str, Any]]:
    return [(name, name) for name in names]


PRODUCTS = Listing(
    Product,
    columns=(
        Column("name", _l("Product"), Product.name, "name", sort=Product.name_key),
        Column("number", _l("Article number"), Product.number, sort=Product.number),
        Column("series", _l("Series"), Product.series),
        Column("category", _l("Category"), Product.category),
        Column("price", _l("List price"), func.coalesce(Product.price, PARENT_PRICE), "money", sort=PRICE),
        Column("unit", _l("Unit"), Product.unit, words=lambda unit: words.label(Dictionary.UNIT, unit)),
        Column("cost", _l("Cost"), Product.cost, "money", shown=False, field="product.cost"),
        Column("tax", _l("Tax"), func.coalesce(Product.tax_rate_id, ui.NOBODY), "tax", shown=False),
        Column("stocked", _l("Kept in stock"), Product.is_stocked, words=_yes, shown=False),
        Column("from", _l("Sold from"), Product.sold_from, "day", shown=False),
        Column("until", _l("Sold until"), Product.sold_until, "day", shown=False),
        Column("created", _l("Added"), Product.created_at, "moment", sort=Product.created_at, shown=False),
    ),
    filters=(
        Filter("series", _l("Series"), lambda: _named(queries.series()), lambda v: Product.series == v),
        Filter("category", _l("Category"), lambda: _named(queries.categories()), _in_category),
        Filter("state", _l("State"), _states, _state),
        Filter("kind", _l("Kind"), _kinds, _kind, pinned=False),
        Filter("unit", _l("Unit"), lambda: words.choices(Dictionary.UNIT), lambda v: Product.unit == v, pinned=False),
        Filter("tax", _l("Tax"), _taxes, _with_tax, pinned=False),
        Filter("stocked", _l("Kept in stock"), _both, lambda v: Product.is_stocked.is_(v == "yes"), pinned=False),
        brought.filter_of(Product, "products"),
    ),
    always=(Product.currency, Product.price),
)
