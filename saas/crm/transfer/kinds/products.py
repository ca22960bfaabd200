"""Products in and out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.orm import joinedload

from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary
from saas.crm.products import actions, queries, tax_actions, tax_queries, variants
from saas.crm.products.lists import PRODUCTS
from saas.crm.products.models import Product
from saas.crm.transfer import values
from saas.crm.transfer.kind import REFERENCE, Field, Kind, Match, Plan, Work, long_text
from saas.crm.transfer.kinds.accounts import upper
from saas.crm.transfer.kinds.matches import WordMatch, ids
from saas.crm.transfer.models import RowState
from saas.crm.transfer.values import Reading, Wrong
from saas.db import db
from saas.forms import plainly
from saas.lists import Listing
from saas.search import fold
from saas.tenants.permissions import Permission


class ProductMatch(Match):
    """A product by name, number or a spelling confirmed before."""

    can_make = True

    def find(self, names: Collection[str]) -> dict[str, Any]:
        return dict(queries.spelled(names)) if names else {}

    def known(self) -> dict[str, str]:
        return {product.name: str(product.id) for product in queries.products()}

    def by_token(self, tokens: Collection[str]) -> dict[str, Any]:
        return {str(product.id): product for product in queries.products_with(ids(tokens))}

    def make(self, names: Sequence[str], work: Work) -> dict[str, Any]:
        made = actions.create_products([{"name": n} for n in names], by=work.by, batch_id=work.run.batch_id)
        return {product.name_key: product for product in made}

    def learn(self, name: str, token: str, work: Work) -> None:
        found: Mapping[str, Any] = self.by_token([token])
        if token in found:
            actions.remember_spelling(name, found[token], by=work.by)


class KnownMatch(ProductMatch):
    """A product that is here already, or in the same file."""

    can_make = False


class TaxMatch(Match):
    """A tax rate by its name or percentage."""

    def find(self, names: Collection[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for rate in self._rates().values():
            percent, share = plainly(rate.percent), plainly(rate.percent / 100)  # sheets say 19 % as 0.19
            for spelling in (rate.name, percent, f"{percent}%", f"{percent} %", share):
                if fold(spelling) in names:
                    found.setdefault(fold(spelling), rate)
        return found

    def known(self) -> dict[str, str]:
        return {rate.name: key for key, rate in self._rates().items()}

    def by_token(self, tokens: Collection[str]) -> dict[str, Any]:
        return {key: rate for key, rate in self._rates().items() if key in tokens}

    def _rates(self) -> dict[str, Any]:
        return {str(rate.id): rate for rate in tax_actions.begun()}


def exact(name: str) -> Any:
    """Show a figure without the digits that say nothing."""

    def show(record: Any) -> Decimal | None:
        value = getattr(record, name)
        return None if value is None else Decimal(plainly(value, 2))

    return show


def _pairs(cell: str, reading: Reading) -> list[list[str]]:
    """What tells a variant apart: "Colour: red", a line each.

    Raises:
        Wrong: it is written otherwise.
    """
    try:
        found = variants.read(cell)
    except variants.Wrong as wrong:
        raise Wrong("pairs", value=str(wrong)) from None
    return [[attribute, values_of[0]] for attribute, values_of in found]


def _tax_of(product: Product) -> str | None:
    return tax_queries.rate_of(product.tax_rate_id).name if product.tax_rate_id else None


class Products(Kind):
    """What the workspace sells."""

    key = "products"
    label = _l("Products")
    icon = "box"
    model = Product
    view, create, edit = Permission.PRODUCT_VIEW, Permission.PRODUCT_EDIT, Permission.PRODUCT_EDIT
    changed, removed = actions.CHANGED, "product.removed"
    page = ("products.show", "product_id")
    built_in = (
        REFERENCE,
        Field("number", _l("Number"), aliases=("product number", "article number", "sku", "code", "product code",
              "item",
              "产品编号", "货号", "编码"), column=Product.number, same=upper),
        Field("name", _l("Name"), aliases=("product", "product name", "article", "title", "产品", "产品名称",
              "商品名称"),
              required=True, column=Product.name_key),
        Field("series", _l("Series"), aliases=("family", "line", "product line", "系列")),
        Field("category", _l("Category"), aliases=("group", "product category", "分类", "类别")),
        Field("unit", _l("Unit"), aliases=("uom", "unit of measure", "计量单位"), match=WordMatch(Dictionary.UNIT),
              show=lambda p: words.label(Dictionary.UNIT, p.unit)),
        Field("price", _l("List price"), values.price, ("sales price", "price", "unit price", "list price", "单价",
              "价格",
              "销售价"), show=exact("price")),
        Field("currency", _l("Currency"), aliases=("币种",)),
        Field("tax_rate", _l("Tax"), aliases=("tax rate", "vat", "vat rate", "tax class", "税率", "增值税率"),
              match=TaxMatch(), show=_tax_of),
        Field("cost", _l("Cost"), values.price, ("cost price", "purchase price", "unit cost", "成本价", "进价"),
              show=exact("cost")),
        Field("is_stocked", _l("Kept in stock"), values.truth, ("stocked", "stock item", "tracked", "库存产品"),
              show=lambda p: str(_("Yes") if p.is_stocked else _("No"))),
        Field("sold_from", _l("Sold from"), values.day, ("valid from", "start date", "active from", "开售日期")),
        Field("sold_until", _l("Sold until"), values.day, ("valid until", "end date", "active until", "停售日期")),
        Field("variant_of", _l("Variant of"), aliases=("parent product", "parent sku", "主产品", "所属产品"),
              match=KnownMatch(), late=True, show=lambda p: p.parent.number if p.parent else None),
        Field("variant", _l("What tells it apart"), _pairs, ("variant", "attributes", "options", "规格", "规格属性"),
              show=lambda p: variants.written(p.variant)),
        Field("remarks", _l("Remarks"), long_text, ("notes", "note", "description", "说明")),
    )  # fmt: skip

    def attributes(self, plan: Plan, work: Work) -> dict[str, Any]:
        found = super().attributes(plan, work)
        if "currency" in found:
            found["currency"] = found["currency"].strip().upper()
        if "number" in found:
            found["number"] = upper(found["number"])
        if "unit_id" in found:
            found["unit"] = found.pop("unit_id")  # held by key, as the column of a link isn't
        return found

    def check(self, plan: Plan, work: Work) -> None:
        currency = plan.values.get("currency")
        if currency and not (len(currency.strip()) == 3 and currency.strip().isalpha()):
            plan.refuse("currency", value=currency)
        if "cost" in plan.values and work.who is not None and not work.who.sees("product.cost"):
            plan.refuse("cost")
        if "variant" in plan.values and not plan.names.get("variant_of") and not _is_variant(plan.record):
            plan.refuse("family")
        begins, ends = (plan.values.get(n, getattr(plan.record, n, None)) for n in ("sold_from", "sold_until"))
        if begins is not None and ends is not None and ends < begins:
            plan.refuse("turned")

    def recognise(self, plans: Sequence[Plan], update_by: str) -> None:
        super().recognise(plans, update_by)
        lacking = [p for p in plans if p.record is None and "name" in p.values]
        found = queries.spelled([p.values["name"] for p in lacking]) if lacking else {}
        for plan in lacking:
            plan.record = found.get(fold(plan.values["name"]))

    def tie(self, plans: Sequence[Plan], work: Work) -> None:
        for plan in plans:
            parent = plan.values.get("variant_of")
            if plan.row.state is RowState.NEW and parent is not None and _may_have(parent, plan.row.subject_id):
                # Past the ORM, so that the version stays the one that an undo compares.
                statement = update(Product).where(Product.id == plan.row.subject_id).values(variant_of_id=parent.id)
                db.session.execute(statement.execution_options(synchronize_session=False))

    def rows(self) -> Select[Any]:
        return select(Product).options(joinedload(Product.parent))

    def make(self, plans: Sequence[Plan], work: Work) -> list[Any]:
        rows = [
            {n: v for n, v in self.attributes(p, work).items() if n != "name_key"} | {"import_key": p.key}
            for p in plans
        ]
        return actions.create_products(rows, by=work.by, batch_id=work.run.batch_id)

    def index(self, records: Sequence[Any]) -> None:
        actions.index_products(records)

    def listing(self) -> tuple[Listing, tuple[ColumnElement[bool], ...], str]:
        return PRODUCTS, (), "products.index"


def _is_variant(record: Any) -> bool:
    return isinstance(record, Product) and record.variant_of_id is not None


def _may_have(parent: Product, product_id: Any) -> bool:
    """True when a product may be a variant of this one."""
    return parent.id != product_id and parent.variant_of_id is None and not parent.is_bundle


KIND = Products()
