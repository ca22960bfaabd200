"""The order in which cases have their turn."""

from __future__ import annotations

from datetime import UTC, datetime

from saas.crm.service_desk.models import STEP, Priority


def turn(priority: Priority, waits_since: datetime) -> int:
    """The place in the queue of a case that waits since then: the pressing ones first, then the longest waiting.

    Returns:
        Seconds since 1970, plus a step for each priority below the highest; the smaller, the sooner.
    """
    return list(Priority).index(priority) * STEP + int(waits_since.timestamp())


def since(turn: int) -> datetime:
    """Since when a case of this turn waits; to the second, UTC."""
    return datetime.fromtimestamp(turn % STEP, UTC)
