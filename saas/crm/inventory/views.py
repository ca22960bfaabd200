"""Stock: the list, what there is of one product, and moving it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup

from saas import grids, panels, toasts, ui
from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary
from saas.crm.inventory import actions, level_actions, queries, tabs, warehouse_actions
from saas.crm.inventory.forms import WAYS, MovementForm, WarningForm
from saas.crm.inventory.lists import STOCK, STOCK_WORDS, quantity_cells, stock_where
from saas.crm.inventory.models import KIND_LOOKS, KIND_WORDS, NOTHING, StockLevel, StockMovement
from saas.crm.inventory.quantities import plain, said, signed
from saas.crm.products import queries as products
from saas.crm.products.models import Product
from saas.forms import attempt
from saas.tenants import scope
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me

bp = Blueprint("stock", __name__, url_prefix="/stock")

P = Permission
SHOWN = 20  # movements on the page of a product's stock


@bp.get("/")
@allow(P.STOCK_VIEW)
def index() -> ResponseReturnValue:
    """All that is there."""
    page = STOCK.page(request.args, *stock_where(request.args))
    shown = grids.shown(page, ui.record_url(".show", "product_id", id_of="product_id"), **_cells())
    note = Markup('<span hx-get="{}" hx-trigger="load"></span>').format(ui.here_on(url_for(".count")))
    return render_template(
        "inventory/index.html",
        list=shown,
        count_note=note,
        views=tabs.views("stock.index"),
        can_edit=may(P.STOCK_EDIT),
        can_import=may(P.TRANSFER_IMPORT) and may(P.STOCK_EDIT) and ui.has_page("transfer.start"),
    )


@bp.get("/count")
@allow(P.STOCK_VIEW)
def count() -> ResponseReturnValue:
    """How many the list holds."""
    found = STOCK.count(request.args, *stock_where(request.args))
    return ngettext("%(count)s product", "%(count)s products", found, count=grids.tally(found))


@bp.get("/<uuid:product_id>")
@allow(P.STOCK_VIEW)
def show(product_id: UUID) -> ResponseReturnValue:
    """What there is of a product, where, and how it came."""
    product = products.product(product_id)
    total, places = queries.total_of(product_id), queries.places_of(product_id)
    found = queries.latest_of(product_id, SHOWN + 1)
    can_edit = may(P.STOCK_EDIT)
    return render_template(
        "inventory/show.html",
        product=product,
        figures=_figures(total),
        cost=_cost(product),
        levels=[_place(level) for level in ([total] if total else []) + places],
        transits=[_transit(plan) for plan in queries.transits(product_id)],
        lines=[_line(one) for one in found[:SHOWN]],
        all_url=url_for("stock_movements.index", product=product_id) if len(found) > SHOWN else None,
        ways=_ways(product_id) if can_edit else [],
        can_edit=can_edit,
    )


@bp.route("/<uuid:product_id>/<any('in', 'out', 'adjust', 'transfer'):way>", methods=["GET", "POST"])
@allow(P.STOCK_EDIT)
def move(product_id: UUID, way: str) -> ResponseReturnValue:
    """Put some in, take some out, set right what is written, or send some to another warehouse."""
    product, warehouses = products.product(product_id), _warehouses()
    form = MovementForm(way, warehouses)
    if form.validate_on_submit() and (told := attempt(form, lambda: _moved(form, way, product))) is not None:
        text, movement_id = told
        back = url_for("stock_movements.take_back", movement_id=movement_id) if movement_id else None
        toasts.undoable(text, back)
        return redirect(url_for(".show", product_id=product_id))
    page = render_template(
        "inventory/move.html",
        product=product,
        form=form,
        way=way,
        title=WAYS[way],
        unit=_unit(product),
        ways=_ways(product_id, way),
        levels=[_place(level) for level in queries.places_of(product_id)],
        has_several=len(warehouses) > 1,
    )
    return page, form.status


@bp.post("/transfers/<uuid:transfer_id>/arrive")
@allow(P.STOCK_EDIT)
def arrive(transfer_id: UUID) -> ResponseReturnValue:
    """What was on its way has come."""
    plan = queries.in_transit(transfer_id)
    told = {"name": plan.product.name, "quantity": said(plan.quantity), "where": plan.warehouse.name}
    product_id = plan.product_id
    actions.arrive(transfer_id, by=me())
    flash(_("%(quantity)s × %(name)s arrived in %(where)s.", **told), "good")
    return redirect(url_for(".show", product_id=product_id))


@bp.route("/<uuid:product_id>/level", methods=["GET", "POST"])
@bp.route("/<uuid:product_id>/level/<uuid:warehouse_id>", methods=["GET", "POST"])
@allow(P.STOCK_EDIT)
def level(product_id: UUID, warehouse_id: UUID | None = None) -> ResponseReturnValue:
    """Below which quantity somebody is told, in one warehouse or in all together."""
    product = products.product(product_id)
    warehouse = queries.warehouse(warehouse_id) if warehouse_id else None
    kept = queries.level_of(product_id, warehouse_id)
    names = ("warn_below", "fill_to", "pack_size")
    known = {name: plain(value) for name in names if kept and (value := getattr(kept, name)) is not None}
    form = WarningForm(data=known)
    if form.validate_on_submit():
        values = {name: form[name].data for name in names}
        if attempt(form, lambda: level_actions.set_warning(product_id, warehouse_id, values, by=me())) is not None:
            flash(_("Saved."), "good")
            return redirect(url_for(".show", product_id=product_id))
    page = render_template("inventory/level.html", product=product, unit=_unit(product), warehouse=warehouse, form=form)
    return page, form.status


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _warehouses() -> list[Any]:
    first = warehouse_actions.first()
    return [first, *(one for one in queries.warehouses() if one.id != first.id)]


def _moved(form: MovementForm, way: str, product: Product) -> tuple[str, UUID | None]:
    """Do what the form asks for; a sentence for it, and the movement by which it can be taken back."""
    reason, place = form.reason.data, form.place()
    if way == "adjust":
        corrected = actions.adjust(product.id, place, form.on_hand.data or NOTHING, reason, by=me())
        if corrected is None:
            return _("That is what was written already."), None
        return _("The stock of %(name)s is set right: %(quantity)s.", **_told(product, corrected)), corrected.id
    quantity = form.quantity.data or NOTHING
    if way == "transfer":
        return _sent(form, product, quantity)
    if way == "in":
        made = actions.take_in(product.id, place, quantity, reason, by=me(), unit_cost=form.unit_cost.data)
    else:
        made = actions.take_out(product.id, place, quantity, reason, by=me())
    return _("%(name)s: %(quantity)s.", **_told(product, made)), made.id


def _sent(form: MovementForm, product: Product, quantity: Decimal) -> tuple[str, UUID]:
    target, arrives = UUID(form.to_id.data), not form.on_its_way.data
    key = actions.send(product.id, form.place(), target, quantity, form.reason.data, arrives=arrives, by=me())
    told = {"quantity": said(quantity), "name": product.name}
    if arrives:
        return _("%(quantity)s × %(name)s moved.", **told), queries.leg(key).id
    return _("%(quantity)s × %(name)s are on their way.", **told), queries.leg(key).id


def _told(product: Product, made: StockMovement) -> dict[str, str]:
    return {"name": product.name, "quantity": signed(made.quantity)}


def _cost(product: Product) -> str | None:
    """What one costs on average, for those who may know."""
    if product.cost is None or not may(P.PRODUCT_COST):
        return None
    return ui.money(product.cost, scope.workspace().currency)


def _unit(product: Product) -> str | None:
    return words.label(Dictionary.UNIT, product.unit)


def _ways(product_id: UUID, active: str = "") -> list[dict[str, Any]]:
    return [
        {"label": label, "url": url_for("stock.move", product_id=product_id, way=way), "active": way == active}
        for way, label in WAYS.items()
    ]


def _figures(total: StockLevel | None) -> list[tuple[Any, str]]:
    shown = [name for name in STOCK_WORDS if name in {"on_hand", "reserved", "available"} or _has(total, name)]
    return [(STOCK_WORDS[name], said(getattr(total, name)) if total else "0") for name in shown]


def _has(total: StockLevel | None, name: str) -> bool:
    return total is not None and getattr(total, name) != 0


def _place(level: StockLevel) -> dict[str, Any]:
    return {
        "name": level.warehouse.name if level.warehouse else _("All together"),
        "quantities": [said(getattr(level, name)) for name in STOCK_WORDS],
        "warn_below": said(level.warn_below) if level.warn_below is not None else None,
        "is_low": level.low_since is not None,
        "is_counted": level.count_id is not None,
        "url": url_for("stock.level", product_id=level.product_id, warehouse_id=level.warehouse_id),
        "is_sum": level.warehouse_id is None,
        "on_hand": said(level.on_hand),
        "available": said(level.available),
    }


def _transit(plan: Any) -> dict[str, Any]:
    return {
        "text": _("%(quantity)s to %(where)s", quantity=said(plan.quantity), where=plan.warehouse.name),
        "at": plan.created_at,
        "url": url_for("stock.arrive", transfer_id=plan.for_id),
    }


def _line(one: StockMovement) -> dict[str, Any]:
    return {
        "url": url_for("stock_movements.show", movement_id=one.id),
        "kind": KIND_WORDS[one.kind],
        "look": KIND_LOOKS.get(one.kind, "neutral"),
        "quantity": signed(one.quantity),
        "on_hand": said(one.on_hand),
        "where": one.warehouse.name,
        "reason": one.reason,
        "who": one.member.name if one.member else _("Seaport"),
        "at": one.created_at,
        "is_correction": one.undoes_id is not None,
    }


def _cells() -> dict[str, Any]:
    return quantity_cells() | {"available": _available}


def _available(value: Any, row: Any) -> Any:
    if row.low_since is None:
        return said(value)
    return Markup('<span class="text-wrong" title="{}">{}</span>').format(_("Below the level"), said(value))


def _on_product(product_id: UUID) -> Markup:
    """What there is of a product, for its page; nothing of a bundle, which lies nowhere."""
    if products.product(product_id).is_bundle:
        return Markup("")
    total = queries.total_of(product_id)
    return ui.fragment(
        "inventory/_of_product.html",
        product_id=product_id,
        figures=_figures(total),
        is_low=total is not None and total.low_since is not None,
        levels=[_place(level) for level in queries.places_of(product_id)],
        lines=[_line(one) for one in queries.latest_of(product_id)],
        ways=_ways(product_id) if may(P.STOCK_EDIT) else [],
    )


panels.add("product", panels.Panel("stock", _l("Stock"), _on_product, P.STOCK_VIEW, "side", 20, is_later=True))
