"""Those who manage billing are told what they should know, behind the bell and by mail, once each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from saas import ui
from saas.billing.models import Status
from saas.tenants import notices, scope
from saas.tenants import queries as tenants
from saas.tenants.models import Event
from saas.tenants.notices import Mail, Topic, sentence
from saas.tenants.permissions import Permission


def tell_failed(event: Event) -> None:
    """A bill could not be collected."""
    facts = event.changed
    _tell(
        "billing.failed", str(event.id), number=facts["number"] or "", total=facts["total"], currency=facts["currency"]
    )


def tell_changed(event: Event) -> None:
    """The subscription came to its end, or will."""
    now, changed = event.changed["now"], event.changed
    if now["status"] == Status.CANCELED and "status" in changed:
        _tell("billing.ended", str(event.id))
    elif now["status"] in {Status.UNPAID, Status.PAUSED} and "status" in changed:
        _tell("billing.stopped", str(event.id))


def _tell(kind: str, key: str, **params: Any) -> None:
    url = f"/{scope.workspace().slug}/settings/billing"
    for member in tenants.members_with(Permission.BILLING_MANAGE):
        notices.tell(member, kind, f"{kind}:{key}", url, **params)


@sentence(
    "billing.failed",
    "credit-card-off",
    _l("A payment failed"),
    Topic.WORKSPACE,
    mail=Mail.NOW,
    right=Permission.BILLING_MANAGE,
)
def _failed(number: str, total: str, currency: str) -> str:
    amount = ui.words().money(Decimal(total), currency)
    return _(
        "Bill %(number)s over %(amount)s could not be collected. Please check your card.", number=number, amount=amount
    )


@sentence(
    "billing.ended",
    "credit-card-off",
    _l("The subscription has ended"),
    Topic.WORKSPACE,
    mail=Mail.NOW,
    right=Permission.BILLING_MANAGE,
)
def _ended() -> str:
    return _("Your subscription has ended. Your data stays yours: you can read and export it, or subscribe again.")


@sentence(
    "billing.stopped",
    "credit-card-off",
    _l("The subscription has stopped"),
    Topic.WORKSPACE,
    mail=Mail.NOW,
    right=Permission.BILLING_MANAGE,
)
def _stopped() -> str:
    return _("Your subscription has stopped because a bill was not paid. Pay it, and everything goes on.")
