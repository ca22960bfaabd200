"""Pages of products."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from saas import grids, ui
from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary
from saas.crm.products import actions, cell_views, queries, tax_actions, tax_queries
from saas.crm.products.forms import ProductForm, SpellingForm
from saas.crm.products.lists import ARCHIVED, PRODUCTS, cells, span
from saas.crm.products.models import Product
from saas.crm.products.tax_forms import told
from saas.forms import attempt
from saas.tenants import brought, scope
from saas.tenants.pages import drawn, record_parts
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me
from saas.versions import edited

bp = Blueprint("products", __name__, url_prefix="/products")

P = Permission


@bp.get("/")
@allow(P.PRODUCT_VIEW)
def index() -> ResponseReturnValue:
    tax_actions.begun()
    page = PRODUCTS.page(request.args, *_where(), hidden=scope.who().hidden_fields)
    shown = grids.shown(page, ui.record_url(".show", "product_id"), **cells(g.tenant.currency))
    shown.change(url_for("product_cells.product", product_id=ui.NOBODY, field="field"), cell_views.changeable())
    note = Markup('<span hx-get="{}" hx-trigger="load"></span>').format(ui.here_on(url_for(".count")))
    return render_template(
        "products/index.html",
        list=shown,
        count_note=note,
        can_edit=may(P.PRODUCT_EDIT),
        can_import=may(P.TRANSFER_IMPORT) and ui.has_page("transfer.start"),
    )


@bp.get("/count")
@allow(P.PRODUCT_VIEW)
def count() -> ResponseReturnValue:
    found = PRODUCTS.count(request.args, *_where())
    return ngettext("%(count)s product", "%(count)s products", found, count=grids.tally(found))


@bp.get("/suggest")
@allow(P.PRODUCT_VIEW)
def suggest() -> ResponseReturnValue:
    """Products for a box that asks for one, while one types."""
    return render_template("products/_suggested.html", found=queries.named_like(next(iter(request.args.values()), "")))


@bp.route("/new", methods=["GET", "POST"])
@allow(P.PRODUCT_EDIT)
def create() -> ResponseReturnValue:
    tax_actions.begun()
    form = ProductForm(currency=scope.workspace().currency)
    if form.validate_on_submit():
        made = attempt(form, lambda: actions.create_product(form.values(), by=me()))
        if made is not None:
            flash(_("%(name)s is among your products.", name=made.name), "good")
            return redirect(url_for(".show", product_id=made.id))
    return render_template("products/form.html", form=form), form.status


@bp.get("/<uuid:product_id>")
@allow(P.PRODUCT_VIEW)
def show(product_id: UUID) -> ResponseReturnValue:
    return _page(queries.product(product_id), SpellingForm(formdata=None), 200)


@bp.route("/<uuid:product_id>/edit", methods=["GET", "POST"])
@allow(P.PRODUCT_EDIT)
def edit(product_id: UUID) -> ResponseReturnValue:
    product = queries.product(product_id)
    tax_actions.begun()
    form = ProductForm(obj=product)
    edit = edited(
        form, product, lambda version: actions.change_product(product, form.values(), version=version, by=me())
    )
    if edit.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".show", product_id=product.id))
    page = render_template("products/form.html", form=form, product=product, version=edit.version, clash=edit.clash)
    return page, edit.status


@bp.post("/<uuid:product_id>/archive")
@allow(P.PRODUCT_EDIT)
def archive(product_id: UUID) -> ResponseReturnValue:
    product = queries.product(product_id)
    actions.archive_product(product, by=me())
    flash(_("%(name)s is no longer offered. Deals that name it keep it.", name=product.name), "good")
    return redirect(url_for(".show", product_id=product.id))


@bp.post("/<uuid:product_id>/restore")
@allow(P.PRODUCT_EDIT)
def restore(product_id: UUID) -> ResponseReturnValue:
    product = queries.product(product_id)
    actions.restore_product(product, by=me())
    flash(_("%(name)s is offered again.", name=product.name), "good")
    return redirect(url_for(".show", product_id=product.id))


@bp.post("/<uuid:product_id>/spellings")
@allow(P.PRODUCT_EDIT)
def add_spelling(product_id: UUID) -> ResponseReturnValue:
    product = queries.product(product_id)
    form = SpellingForm()
    if not form.validate_on_submit():
        return _page(product, form, 422)
    actions.remember_spelling(str(form.spelling.data), product, by=me())
    return redirect(url_for(".show", product_id=product.id))


@bp.post("/<uuid:product_id>/spellings/<uuid:alias_id>/forget")
@allow(P.PRODUCT_EDIT)
def forget_spelling(product_id: UUID, alias_id: UUID) -> ResponseReturnValue:
    actions.forget_spelling(queries.alias(product_id, alias_id), by=me())
    return redirect(url_for(".show", product_id=product_id))


def _page(product: Product, form: SpellingForm, status: int) -> ResponseReturnValue:
    tax_actions.begun()
    page = render_template(
        "products/show.html",
        product=product,
        about=_about(product),
        middle=drawn("product", "middle", product.id),
        spellings=queries.aliases(product.id),
        form=form,
        **record_parts("product", product.id, partial(url_for, ".show", product_id=product.id)),
        can_edit=may(P.PRODUCT_EDIT),
    )
    return page, status


def _where() -> tuple[Any, ...]:
    return () if request.args.get("state") == ARCHIVED else (queries.sold(),)


def _about(product: Product) -> list[tuple[Any, Any]]:
    rate, days = tax_queries.rate_of(product.tax_rate_id), (product.sold_from, product.sold_until)
    rows = [
        (_("List price"), ui.price(product.price, product.currency) if product.price is not None else None),
        (_("Unit"), words.label(Dictionary.UNIT, product.unit)),
        (_("Tax"), told(rate)),
        *([(_("Cost"), _cost(product))] if may(P.PRODUCT_COST) else []),
        (_("Stock"), _("Kept in stock") if product.is_stocked else None),
        (_("Sold"), span(*days) or None),
        (_("Series"), product.series),
        (_("Category"), product.category),
        brought.fact(product),
    ]
    return [(label, value) for label, value in rows if value not in (None, "")]


def _cost(product: Product) -> Any:
    """What one costs, and what share of the list price stays."""
    if product.cost is None:
        return None
    cost, currency = ui.price(product.cost, g.tenant.currency), g.tenant.currency
    if not product.price or product.currency != currency:
        return cost
    margin = (product.price - product.cost) / product.price * 100
    return _("%(cost)s, margin %(margin)s", cost=cost, margin=ui.share(round(margin, 1)))
