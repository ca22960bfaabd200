"""The movements of stock: all of them, and one, which may be corrected."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from saas import grids, ui
from saas.crm.inventory import actions, queries, tabs
from saas.crm.inventory.forms import CorrectionForm
from saas.crm.inventory.lists import MOVEMENTS, movement_cells
from saas.crm.inventory.models import KIND_LOOKS, KIND_WORDS, StockMovement
from saas.crm.inventory.quantities import said, signed
from saas.forms import done
from saas.tenants import scope
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may, me

bp = Blueprint("stock_movements", __name__, url_prefix="/stock/movements")

P = Permission


@bp.get("/")
@allow(P.STOCK_VIEW)
def index() -> ResponseReturnValue:
    """What moved, the last first."""
    page = MOVEMENTS.page(request.args)
    shown = grids.shown(page, ui.record_url(".show", "movement_id"), **movement_cells())
    note = Markup('<span hx-get="{}" hx-trigger="load"></span>').format(ui.here_on(url_for(".count")))
    return render_template(
        "inventory/movements.html", list=shown, count_note=note, views=tabs.views("stock_movements.index")
    )


@bp.get("/count")
@allow(P.STOCK_VIEW)
def count() -> ResponseReturnValue:
    """How many the list holds."""
    found = MOVEMENTS.count(request.args)
    return ngettext("%(count)s movement", "%(count)s movements", found, count=grids.tally(found))


@bp.get("/<uuid:movement_id>")
@allow(P.STOCK_VIEW)
def show(movement_id: UUID) -> ResponseReturnValue:
    """One movement."""
    return _page(queries.movement(movement_id), CorrectionForm(formdata=None), 200)


@bp.post("/<uuid:movement_id>/correct")
@allow(P.STOCK_EDIT)
def correct(movement_id: UUID) -> ResponseReturnValue:
    """Write its opposite, with a reason."""
    movement, form = queries.movement(movement_id), CorrectionForm()
    if form.validate_on_submit() and done(form, lambda: actions.correct(movement, form.reason.data, by=me())):
        flash(_("Corrected: the opposite is written."), "good")
        return redirect(url_for("stock.show", product_id=movement.product_id))
    return _page(movement, form, 422)


@bp.post("/<uuid:movement_id>/back")
@allow(P.STOCK_EDIT)
def take_back(movement_id: UUID) -> ResponseReturnValue:
    """Undo what one has just done."""
    movement = queries.movement(movement_id)
    actions.correct(movement, by=me())
    flash(_("Undone: the opposite is written."), "good")
    return redirect(url_for("stock.show", product_id=movement.product_id))


def _page(movement: StockMovement, form: CorrectionForm, status: int) -> ResponseReturnValue:
    is_corrected = bool(queries.corrected([movement.id]))
    may_correct = movement.undoes_id is None and not is_corrected and actions.is_by_hand(movement)
    page = render_template(
        "inventory/movement.html",
        movement=movement,
        kind=KIND_WORDS[movement.kind],
        look=KIND_LOOKS.get(movement.kind, "neutral"),
        quantity=signed(movement.quantity),
        about=_about(movement),
        is_corrected=is_corrected,
        form=form if may_correct and may(P.STOCK_EDIT) else None,
    )
    return page, status


def _about(movement: StockMovement) -> list[tuple[Any, Any]]:
    shows_cost = movement.unit_cost is not None and may(P.PRODUCT_COST)
    corrects = movement.undoes_id and url_for(".show", movement_id=movement.undoes_id)
    product_url = url_for("products.show", product_id=movement.product_id)
    rows = [
        (_("Product"), _link(product_url, movement.product.name)),
        (_("Warehouse"), movement.warehouse.name),
        (_("On hand after it"), said(movement.on_hand)),
        (_("Cost of one"), ui.money(movement.unit_cost, scope.workspace().currency) if shows_cost else None),
        (_("Reason"), movement.reason),
        (_("Who"), movement.member.name if movement.member else _("Seaport")),
        (_("When"), ui.moment(movement.created_at)),
        (_("Corrects"), _link(corrects, _("an earlier movement")) if corrects else None),
    ]
    return [(label, value) for label, value in rows if value]


def _link(url: str, text: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(url, text)
