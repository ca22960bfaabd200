"""Giving the orders of somebody who leaves to another."""

from __future__ import annotations

from flask_babel import ngettext

from saas.crm.orders.models import OPEN, Order, OrderState
from saas.crm.orders.queries import KIND
from saas.crm.papers import handover_actions as handover

ASSIGNED = "order.assigned"

handover.register(
    KIND,
    ASSIGNED,
    Order.state.in_((OrderState.DRAFT, *OPEN)),
    words=lambda n: ngettext("%(num)s order under way", "%(num)s orders under way", n),
)
