"""What renting asks of events, the clock and dates."""

from __future__ import annotations

from uuid import UUID

from saas.billing.actions import asking, following, reconciling
from saas.jobs.triggers import due, every


@due
def follow() -> None:
    """Answer a message of Stripe's: fetch the truth."""
    following.follow()


@due
def settle(intent_id: UUID, tries: int) -> None:
    """Ask again what Stripe has not answered."""
    asking.settle(intent_id, tries)


@every(cron="20 4 * * *")
def reconcile() -> None:
    """Look at everything, as if no message had come; nightly."""
    reconciling.reconcile()
