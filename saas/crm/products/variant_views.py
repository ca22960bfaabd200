"""Pages of variants, and the family as a table on the pages of its products."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup

from saas import panels, ui
from saas.crm.products import list_price_queries as list_prices
from saas.crm.products import queries as products
from saas.crm.products import variant_actions as actions
from saas.crm.products import variant_queries as queries
from saas.crm.products import variants
from saas.crm.products.models import Product
from saas.crm.products.variant_forms import DescribeForm, VariantsForm
from saas.errors import NotFound
from saas.forms import attempt, done
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me

bp = Blueprint("variants", __name__, url_prefix="/products")

P = Permission


@bp.route("/<uuid:product_id>/variants", methods=["GET", "POST"])
@allow(P.PRODUCT_EDIT)
def make(product_id: UUID) -> ResponseReturnValue:
    """Make a variant for each combination of some values."""
    product = products.product(product_id)
    form = VariantsForm()
    if form.validate_on_submit():
        made = attempt(form, lambda: actions.make_variants(product, form.said(), by=me()))
        if made is not None:
            text = ngettext("%(num)s variant is added.", "%(num)s variants are added.", len(made))
            flash(text if made else _("These variants are there already."), "good" if made else "waiting")
            return redirect(url_for("products.show", product_id=product.id))
    return render_template("products/variants.html", product=product, form=form), form.status


@bp.route("/<uuid:product_id>/describe", methods=["GET", "POST"])
@allow(P.PRODUCT_EDIT)
def describe(product_id: UUID) -> ResponseReturnValue:
    """Say anew what tells a variant apart."""
    product = products.product(product_id)
    if product.variant_of_id is None:
        raise NotFound
    form = DescribeForm(attributes=variants.written(product.variant))
    if form.validate_on_submit():
        pairs = tuple((name, values[0]) for name, values in form.said())
        if done(form, lambda: actions.describe(product, pairs, by=me())):
            flash(_("Saved."), "good")
            return redirect(url_for("products.show", product_id=product.id))
    return render_template("products/describe.html", product=product, form=form), form.status


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _on_product(product_id: UUID) -> Markup:
    product = products.product(product_id)
    family = queries.variants(queries.family_of(product))
    parent = products.product(product.variant_of_id) if product.variant_of_id else product
    if not family:
        return Markup()
    prices = list_prices.list_prices([one.id for one in family])
    names = variants.attributes([one.variant for one in family])
    return ui.fragment(
        "products/_family.html",
        product=product,
        parent=parent,
        names=names,
        lines=[_line(one, names, prices[one.id]) for one in family],
        make_url=url_for("variants.make", product_id=parent.id)
        if may(P.PRODUCT_EDIT) and parent.archived_at is None
        else None,
    )


def _line(one: Product, names: list[str], listed: list_prices.Listed) -> dict[str, Any]:
    price = listed.prices.get(one.currency)
    return {
        "id": one.id,
        "url": url_for("products.show", product_id=one.id),
        "number": one.number,
        "values": variants.row(names, one.variant),
        "price": ui.price(price, one.currency) if price is not None else None,
        "is_own": one.price is not None,
        "is_archived": one.archived_at is not None,
    }


panels.add("product", panels.Panel("family", _l("Variants"), _on_product, P.PRODUCT_VIEW, "middle", 20))
