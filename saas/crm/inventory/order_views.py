"""What is low: on Today, and on a page that suggests what to buy."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from saas import panels, ui
from saas.crm.fields import queries as words
from saas.crm.fields.models import Dictionary
from saas.crm.inventory import order_queries, tabs
from saas.crm.inventory.order_queries import Wanted
from saas.crm.inventory.quantities import plain, said
from saas.tenants.permissions import Permission, allow
from saas.tenants.scope import may

bp = Blueprint("stock_orders", __name__, url_prefix="/stock/order")

P = Permission
ON_TODAY = 5


@bp.get("/")
@allow(P.STOCK_VIEW)
def index() -> ResponseReturnValue:
    """What to buy."""
    return render_template(
        "inventory/order.html",
        views=tabs.views("stock_orders.index"),
        lines=[_line(one) for one in order_queries.to_order()],
        can_edit=may(P.STOCK_EDIT),
        buy_url=url_for("purchases.create") if ui.has_page("purchases.create") and may(P.PURCHASE_EDIT) else None,
    )


def _line(one: Wanted) -> dict[str, Any]:
    level = one.level
    return {
        "id": level.id,
        "name": level.product.name,
        "unit": words.label(Dictionary.UNIT, level.product.unit),
        "url": url_for("stock.show", product_id=level.product_id),
        "level_url": url_for("stock.level", product_id=level.product_id, warehouse_id=level.warehouse_id),
        "where": level.warehouse.name if level.warehouse else _("All together"),
        "available": said(level.available),
        "coming": said(level.coming),
        "warn_below": said(level.warn_below) if level.warn_below is not None else None,
        "fill_to": said(level.fill_to) if level.fill_to is not None else None,
        "quantity": str(plain(one.quantity)),
        "suggested": said(one.quantity),
        "since": level.low_since,
        "is_coming": one.quantity == 0,
    }


def _on_today(_member_id: UUID) -> Markup:
    """What is low, for Today; nothing where nothing is."""
    if not may(P.STOCK_EDIT):
        return Markup("")
    lines = [_line(one) for one in order_queries.to_order()]
    return ui.fragment("inventory/_today.html", lines=lines[:ON_TODAY], count=len(lines)) if lines else Markup("")


panels.add("today", panels.Panel("low_stock", _l("Low stock"), _on_today, P.STOCK_EDIT, "main", 40, is_later=True))
