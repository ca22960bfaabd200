"""Rows of price lists in and out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import contains_eager

from saas.crm.products import price_actions as actions
from saas.crm.products import price_queries as queries
from saas.crm.products.price_lists import PRICES
from saas.crm.products.price_models import Price, PriceList
from saas.crm.transfer import values
from saas.crm.transfer.kind import Field, Kind, Match, Plan, Work
from saas.crm.transfer.kinds.products import ProductMatch, exact
from saas.db import db
from saas.lists import Listing
from saas.search import fold
from saas.tenants.permissions import Permission


class SoldMatch(ProductMatch):
    """A product that is here already."""

    can_make = False
    can_be_empty = False


class PriceListMatch(Match):
    """A price list by its name; it is made on its own page, where one says for whom it is."""

    can_be_empty = False

    def find(self, names: Collection[str]) -> dict[str, Any]:
        return {name: one for name, one in queries.names().items() if name in names}

    def known(self) -> dict[str, str]:
        return {one.name: str(one.id) for one in queries.names().values()}

    def by_token(self, tokens: Collection[str]) -> dict[str, Any]:
        return {str(one.id): one for one in queries.names().values() if str(one.id) in tokens}


class Prices(Kind):
    """What products cost by price lists."""

    key = "prices"
    label = _l("Prices")
    icon = "tags"
    model = Price
    view, create, edit = Permission.PRODUCT_VIEW, Permission.PRODUCT_EDIT, Permission.PRODUCT_EDIT
    changed, removed = actions.PRICE_CHANGED, actions.PRICE_REMOVED
    page = ("price_lists.index", "")
    built_in = (
        Field("price_list", _l("Price list"), aliases=("list", "list name", "价格表", "价目"), required=True,
              match=PriceListMatch(), show=lambda p: p.price_list.name),
        Field("product", _l("Product"), aliases=("product name", "product number", "article number", "sku", "item",
              "产品名称", "产品编号", "货号"), required=True, match=SoldMatch(), column=Price.product_id,
              show=lambda p: p.product.number),
        Field("from_quantity", _l("From quantity"), values.quantity, ("from", "quantity", "minimum quantity", "min qty",
              "起订量", "数量"), show=exact("from_quantity")),
        Field("price", _l("Price"), values.price, ("unit price", "单价"), show=exact("price")),
        Field("percent_off", _l("Percent off"), values.percent, ("discount", "discount %", "% off", "折扣"),
              show=exact("percent_off")),
    )  # fmt: skip

    def identity(self, plan: Plan) -> str | None:
        said = [plan.names.get(name, "") for name in ("price_list", "product")]
        return f"price:{fold(said[0])}:{fold(said[1])}:{plan.values.get('from_quantity', Decimal()):f}"

    def recognise(self, plans: Sequence[Plan], update_by: str) -> None:
        steps = {id(plan): step for plan in plans if (step := _step(plan)) is not None}
        lists, products = {step[0] for step in steps.values()}, {step[1] for step in steps.values()}
        rows = select(Price).where(Price.price_list_id.in_(lists), Price.product_id.in_(products))
        known = {(row.price_list_id, row.product_id, row.from_quantity): row for row in db.session.scalars(rows)}
        for plan in plans:
            if id(plan) in steps:
                plan.record = known.get(steps[id(plan)])

    def check(self, plan: Plan, work: Work) -> None:
        if len([name for name in ("price", "percent_off") if plan.values.get(name) is not None]) != 1:
            plan.refuse("either")

    def attributes(self, plan: Plan, work: Work) -> dict[str, Any]:
        found = super().attributes(plan, work)
        return {"from_quantity": Decimal(), "price": None, "percent_off": None} | found

    def make(self, plans: Sequence[Plan], work: Work) -> list[Any]:
        rows = [self.attributes(plan, work) for plan in plans]
        return actions.add_rows(rows, by=work.by, batch_id=work.run.batch_id)

    def listing(self) -> tuple[Listing, tuple[ColumnElement[bool], ...], str]:
        mine = select(PriceList.id).where(*queries.listed(), PriceList.archived_at.is_(None))
        return PRICES, (Price.price_list_id.in_(mine),), ""  # its rows stand on the page of each price list

    def rows(self) -> Select[Any]:
        joined = select(Price).join(Price.price_list).join(Price.product)
        return joined.options(contains_eager(Price.price_list), contains_eager(Price.product))


def _step(plan: Plan) -> tuple[Any, Any, Decimal] | None:
    """The list, the product and the step that a row names; None where one of them isn't known or isn't made yet."""
    one, product = plan.values.get("price_list"), plan.values.get("product")
    ids = getattr(one, "id", None), getattr(product, "id", None)
    if ids[0] is None or ids[1] is None:
        return None
    return ids[0], ids[1], plan.values.get("from_quantity", Decimal())


KIND = Prices()
