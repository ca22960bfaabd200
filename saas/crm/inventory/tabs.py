"""The pages of stock, side by side."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from saas import ui
from saas.crm.inventory.lists import COUNT_PLACE


def views(active: str) -> list[dict[str, Any]]:
    """Stock, its movements, counts, and what to order; purchases where the service has them."""
    places = [
        ("stock.index", _("Stock")),
        ("stock_movements.index", _("Movements")),
        ("stock_counts.index", COUNT_PLACE),
        ("stock_orders.index", _("To order")),
        ("purchases.index", _("Purchases")),
    ]
    return [
        {"label": label, "url": url_for(endpoint), "active": endpoint == active}
        for endpoint, label in places
        if ui.has_page(endpoint)
    ]
