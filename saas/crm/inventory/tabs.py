"""The pages of stock, side by side."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from saas import ui
from saas.crm.inventory.lists import COUNT_PLACE
from saas.tenants.permissions import Permission
from saas.tenants.scope import may

P = Permission


def views(active: str) -> list[dict[str, Any]]:
    """Stock, its movements, counts, and what to order; purchases where the service has them."""
    places = [
        ("stock.index", _("Stock"), P.STOCK_VIEW),
        ("stock_movements.index", _("Movements"), P.STOCK_VIEW),
        ("stock_counts.index", COUNT_PLACE, P.STOCK_VIEW),
        ("stock_orders.index", _("To order"), P.STOCK_VIEW),
        ("purchases.index", _("Purchases"), P.PURCHASE_VIEW),
    ]
    return [
        {"label": label, "url": url_for(endpoint), "active": endpoint == active}
        for endpoint, label, right in places
        if ui.has_page(endpoint) and may(right)
    ]
