"""A cell of the list of products that is changed where it stands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, g
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from saas import cells, grids, ui
from saas.crm.products import actions, queries, tax_actions
from saas.crm.products.forms import ProductForm
from saas.crm.products.lists import PRODUCTS
from saas.crm.products.lists import cells as looks
from saas.crm.products.models import Product
from saas.errors import NotFound, Refused
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me, who

bp = Blueprint("product_cells", __name__)

P = Permission
# Column of the list → field of the form, and of the record.
FIELDS = {
    "series": "series",
    "category": "category",
    "price": "price",
    "unit": "unit",
    "cost": "cost",
    "tax": "tax_rate_id",
    "from": "sold_from",
    "until": "sold_until",
}


def changeable() -> tuple[str, ...]:
    """The columns of the list that the reader may change in place."""
    return tuple(one for one in FIELDS if who().sees(f"product.{one}")) if may(P.PRODUCT_EDIT) else ()


@bp.route("/products/<uuid:product_id>/cell/<field>", methods=["GET", "POST"])
@allow(P.PRODUCT_EDIT)
def product(product_id: UUID, field: str) -> ResponseReturnValue:
    if field not in changeable():
        raise NotFound
    found = queries.product(product_id)
    if found.archived_at is not None:
        raise Refused(actions.no_longer_sold(found))
    tax_actions.begun()
    name = FIELDS[field]
    form = ProductForm(obj=found)
    form.leave_out(*[one for one in form._fields if one not in {name, "csrf_token"}])
    return cells.changed(found, form, name, lambda: _change(found, form), lambda: _told(found, field))


def _change(product: Product, form: Any) -> None:
    actions.change_product(product, form.values(), version=None, by=me())


def _told(product: Product, field: str) -> Markup:
    own = looks(g.tenant.currency).get(field)
    return grids.cell(PRODUCTS, field, product.id, ui.record_url("products.show", "product_id"), own)
