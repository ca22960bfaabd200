"""The settings page of warehouses, and what the workspace allows."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas import toasts
from saas.crm.inventory import queries, rules, warehouse_actions
from saas.crm.inventory.forms import RulesForm, WarehouseForm
from saas.forms import attempt
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me
from saas.versions import edited

bp = Blueprint("warehouses", __name__, url_prefix="/settings/warehouses")

P = Permission


@bp.get("")
@allow(P.STOCK_EDIT)
def index() -> ResponseReturnValue:
    """All of them."""
    return _page(WarehouseForm(formdata=None), 200)


@bp.post("")
@allow(P.STOCK_EDIT)
def create() -> ResponseReturnValue:
    """One more."""
    form = WarehouseForm()
    if form.validate_on_submit():
        made = attempt(form, lambda: warehouse_actions.create(form.values(), by=me()))
        if made is not None:
            flash(_("%(name)s is among your warehouses.", name=made.name), "good")
            return redirect(url_for(".index"))
    return _page(form, 422)


@bp.route("/<uuid:warehouse_id>", methods=["GET", "POST"])
@allow(P.STOCK_EDIT)
def edit(warehouse_id: UUID) -> ResponseReturnValue:
    """Change one."""
    warehouse = queries.warehouse(warehouse_id)
    form = WarehouseForm(obj=warehouse)
    change = edited(
        form, warehouse, lambda seen: warehouse_actions.change(warehouse, form.values(), version=seen, by=me())
    )
    if change.is_saved:
        flash(_("Saved."), "good")
        return redirect(url_for(".index"))
    about = {"warehouse": warehouse, "version": change.version, "clash": change.clash}
    return render_template("inventory/warehouse.html", form=form, **about), change.status


@bp.post("/<uuid:warehouse_id>/archive")
@allow(P.STOCK_EDIT)
def archive(warehouse_id: UUID) -> ResponseReturnValue:
    """Close one."""
    warehouse = queries.warehouse(warehouse_id)
    warehouse_actions.archive(warehouse, by=me())
    back = url_for(".restore", warehouse_id=warehouse.id)
    toasts.undoable(_("%(name)s is archived.", name=warehouse.name), back)
    return redirect(url_for(".index"))


@bp.post("/<uuid:warehouse_id>/restore")
@allow(P.STOCK_EDIT)
def restore(warehouse_id: UUID) -> ResponseReturnValue:
    """Open it again."""
    warehouse_actions.restore(queries.warehouse(warehouse_id), by=me())
    return redirect(url_for(".index"))


@bp.post("/rules")
@allow(P.WORKSPACE_SET)
def keep_rules() -> ResponseReturnValue:
    """Whether one may sell below zero."""
    form = RulesForm()
    if form.validate_on_submit():
        rules.choose(below_zero=form.below_zero.data, by=me())
        flash(_("Saved."), "good")
    return redirect(url_for(".index"))


def _page(form: WarehouseForm, status: int) -> ResponseReturnValue:
    stocked = queries.counts_of_stocked()
    page = render_template(
        "inventory/warehouses.html",
        form=form,
        warehouses=[(one, stocked.get(one.id, 0)) for one in queries.all_warehouses()],
        rules=RulesForm(formdata=None, below_zero=rules.may_sell_below_zero()) if may(P.WORKSPACE_SET) else None,
    )
    return page, status
