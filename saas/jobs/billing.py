"""What renting asks of events, the clock and dates."""

from __future__ import annotations

from uuid import UUID

from saas.billing.actions import asking, following, inviting, reconciling, telling
from saas.billing.models import BillingEvent
from saas.jobs.triggers import due, every, on
from saas.tenants.models import Event


@due
def follow(message: str) -> None:
    """Answer a message of Stripe's: fetch the truth."""
    following.answer(message)


@due
def settle(intent_id: UUID, tries: int) -> None:
    """Ask again what Stripe has not answered."""
    asking.settle(intent_id, tries)


@due
def invite(intent_id: UUID) -> None:
    """Send the invitation that waited for its seat."""
    inviting.send(intent_id)


@every(cron="20 4 * * *")
def reconcile() -> None:
    """Look at everything, as if no message had come; nightly."""
    reconciling.reconcile()


@due
def look_again() -> None:
    """The same for a workspace at rest, in which the clock starts nothing."""
    following.keep_looking()
    reconciling.reconcile()


@on(BillingEvent.BILL_FAILED)
def tell_failed(event: Event) -> None:
    """Say that a bill could not be collected."""
    telling.tell_failed(event)


@on(BillingEvent.SUBSCRIPTION_CHANGED)
def tell_changed(event: Event) -> None:
    """Say that the subscription ended or stopped."""
    telling.tell_changed(event)
