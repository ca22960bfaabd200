"""What a workspace may do, by the state of its subscription and the time since it was in order. No session, no clock.

In every state people can read and take their data with them, and the owner can pay: the narrowest answer is READ_ONLY.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from saas.billing.models import Status


class Access(StrEnum):
    """How much of a workspace is open."""

    FULL = "full"
    WARNED = "warned"  # all of it, with a word to those who pay
    READ_ONLY = "read_only"  # read, export, pay


class Reason(StrEnum):
    """Why; picks the sentence that people read."""

    IN_ORDER = "in_order"
    TRIAL = "trial"
    TRIAL_OVER = "trial_over"
    FIRST_PAYMENT = "first_payment"  # the first payment has not come through
    LATE = "late"
    UNPAID = "unpaid"
    PAUSED = "paused"
    ENDED = "ended"


@dataclass(frozen=True)
class Entitlement:
    """`until` is the instant at which access narrows if nothing changes; None where no time does that."""

    access: Access
    reason: Reason
    until: datetime | None = None


DAY = timedelta(days=1)
# State → (why, how long all stays open after trouble began). None: it is in order and no time narrows it.
STATES: dict[Status, tuple[Reason, timedelta | None]] = {
    Status.TRIALING: (Reason.IN_ORDER, None),
    Status.ACTIVE: (Reason.IN_ORDER, None),
    Status.PAST_DUE: (Reason.LATE, 14 * DAY),
    Status.UNPAID: (Reason.UNPAID, 0 * DAY),  # Stripe has asked for weeks by then
    Status.PAUSED: (Reason.PAUSED, 7 * DAY),
    Status.CANCELED: (Reason.ENDED, 7 * DAY),
}
# These two never were a purchase: the trial decides, as before it.
NOT_BEGUN = {Status.INCOMPLETE, Status.INCOMPLETE_EXPIRED}
AFTER_TRIAL = 7 * DAY


def entitlement(
    status: Status | None, since: datetime | None, trial_ends_at: datetime | None, now: datetime
) -> Entitlement:
    """What a workspace may do.

    Args:
        status: of its subscription; None where it has none.
        since: when a state that is not in order began (UTC); ignored for the others.
        trial_ends_at: the end of its trial (UTC); None for one without end.
        now: the instant asked about, UTC.
    """
    if status is None or status in NOT_BEGUN:
        return _of_trial(trial_ends_at, now, is_paying=status is Status.INCOMPLETE)
    reason, grace = STATES[status]
    if grace is None:
        return Entitlement(Access.FULL, reason)
    until = (since or now) + grace
    return Entitlement(Access.WARNED, reason, until) if now < until else Entitlement(Access.READ_ONLY, reason)


def _of_trial(ends_at: datetime | None, now: datetime, *, is_paying: bool) -> Entitlement:
    if ends_at is None or now < ends_at:
        return Entitlement(Access.FULL, Reason.FIRST_PAYMENT if is_paying else Reason.TRIAL, ends_at)
    until = ends_at + AFTER_TRIAL
    reason = Reason.FIRST_PAYMENT if is_paying else Reason.TRIAL_OVER
    return Entitlement(Access.WARNED, reason, until) if now < until else Entitlement(Access.READ_ONLY, reason)
