"""The page of a bundle's parts, and what pages of products say of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms.validators import Optional

from saas import panels, ui
from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary
from saas.crm.products import bundle_actions as actions
from saas.crm.products import bundle_queries as queries
from saas.crm.products import bundle_rows
from saas.crm.products import list_price_queries as list_prices
from saas.crm.products import queries as products
from saas.crm.products.models import Product
from saas.forms import ExactField, Form, between
from saas.rows import remarks
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me

bp = Blueprint("bundles", __name__, url_prefix="/products")

P = Permission


class BundleForm(Form):
    """What is taken off the sum of the parts."""

    percent_off = ExactField(
        _l("Off their sum"),
        [Optional(), between(0, 100)],
        most_places=3,
        description=_l("Where the bundle has no list price of its own, it costs what its parts cost, less this."),
    )


@bp.route("/<uuid:product_id>/parts", methods=["GET", "POST"])
@allow(P.PRODUCT_EDIT)
def edit(product_id: UUID) -> ResponseReturnValue:
    """Say of what a bundle is made."""
    product = products.product(product_id)
    form = BundleForm(percent_off=product.percent_off)
    if not form.is_submitted():
        return _page(product, form, bundle_rows.shown(queries.parts(product.id)))
    rows = bundle_rows.sent(request.form)
    if request.form.get("what") == "rows":
        return _page(product, form, rows, more=bundle_rows.BLANK)
    bundle_rows.check(rows)
    is_right = form.validate()  # type: ignore[no-untyped-call]
    if not is_right or any(row.form.errors for row in rows):
        return _page(product, form, rows, is_wrong=True), 422
    wanted, off = bundle_rows.wanted(rows), form.percent_off.data
    actions.set_parts(product, wanted, percent_off=off, by=me())
    flash(_("Saved."), "good")
    return redirect(url_for("products.show", product_id=product.id))


@bp.post("/<uuid:product_id>/parts/check")
@allow(P.PRODUCT_EDIT)
def check(product_id: UUID) -> ResponseReturnValue:
    """What is wrong in the rows as they stand."""
    products.product(product_id)
    rows = bundle_rows.sent(request.form)
    bundle_rows.check(rows)
    return jsonify(remarks({row.number: row.form for row in rows}))


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _page(
    product: Product, form: BundleForm, rows: list[bundle_rows.Row], *, is_wrong: bool = False, more: int = 0
) -> str:
    blank = bundle_rows.blanks(rows, max(bundle_rows.BLANK - len(rows), 2) + more)
    return render_template(
        "products/parts.html",
        product=product,
        form=form,
        rows=[*rows, *blank],
        pattern=bundle_rows.Row(0, bundle_rows.PartRow(None, prefix="r__row")),
        most=actions.MOST,
        is_wrong=is_wrong,
        check_url=url_for(".check", product_id=product.id),
    )


def _on_product(product_id: UUID) -> Markup:
    product = products.product(product_id)
    parts = queries.parts(product.id) if product.is_bundle else []
    bundles = [] if product.is_bundle else queries.bundles_with(product.id)
    if not parts and not bundles:
        return Markup()
    prices = list_prices.list_prices([part.part_id for part in parts]) if parts else {}
    return ui.fragment(
        "products/_parts.html",
        product=product,
        lines=[_line(product, part.part, part.quantity, prices[part.part_id]) for part in parts],
        bundles=bundles,
        edit_url=url_for("bundles.edit", product_id=product.id) if parts and may(P.PRODUCT_EDIT) else None,
    )


def _line(bundle: Product, part: Product, quantity: Decimal, listed: list_prices.Listed) -> dict[str, Any]:
    price = listed.prices.get(bundle.currency)
    unit = words.label(Dictionary.UNIT, part.unit)
    return {
        "name": part.name,
        "url": url_for("products.show", product_id=part.id),
        "quantity": f"{ui.exact(quantity)} {unit}" if unit else ui.exact(quantity),
        "price": ui.price(price, bundle.currency) if price is not None else None,
    }


panels.add("product", panels.Panel("parts", _l("Parts"), _on_product, P.PRODUCT_VIEW, "middle", 30))
