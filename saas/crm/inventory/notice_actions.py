"""Who is told that stock is low: those who move it, each in the way he chose."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from saas.crm.inventory.quantities import said
from saas.crm.products import queries as products
from saas.tenants import notices, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Event, MemberStatus
from saas.tenants.permissions import Permission

LOW = "stock.low"


def tell_low(event: Event) -> None:
    """Tell those who move stock that there is less of a product than the level; once a fall."""
    product = products.product(event.subject_id)
    url = f"/{scope.workspace().slug}/stock/order"
    about = {"name": product.name, "available": event.changed["available"], "level": event.changed["warn_below"]}
    for member in tenants.members_with(Permission.STOCK_EDIT):
        if member.status is MemberStatus.ACTIVE:
            notices.tell(member, LOW, f"{LOW}:{event.id}", url, **about)


@notices.sentence(
    LOW,
    "alert-triangle",
    _l("Stock falls below its level"),
    notices.Topic.WORK,
    mail=notices.Mail.MORNING,
    right=Permission.STOCK_EDIT,
)
def _low(name: str, available: str, level: str) -> str:
    told = {"available": said(Decimal(available)), "level": said(Decimal(level))}
    return _("Of %(name)s only %(available)s are available; the level is %(level)s.", name=name, **told)
