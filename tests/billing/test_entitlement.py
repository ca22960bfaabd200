"""What a workspace may do: every state, before and after its time of grace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from saas.billing.entitlement import STATES, Access, Reason, entitlement
from saas.billing.models import Status

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FULL, WARNED, READ_ONLY = Access.FULL, Access.WARNED, Access.READ_ONLY

# state: days since trouble began or the trial ended → access; at once, before grace ends, when it ends, years on
LAW = {
    Status.ACTIVE: {0: FULL, 13: FULL, 14: FULL, 900: FULL},
    Status.TRIALING: {0: FULL, 13: FULL, 14: FULL, 900: FULL},
    Status.PAST_DUE: {0: WARNED, 13: WARNED, 14: READ_ONLY, 900: READ_ONLY},
    Status.UNPAID: {0: READ_ONLY, 1: READ_ONLY, 14: READ_ONLY, 900: READ_ONLY},
    Status.PAUSED: {0: WARNED, 6: WARNED, 7: READ_ONLY, 900: READ_ONLY},
    Status.CANCELED: {0: WARNED, 6: WARNED, 7: READ_ONLY, 900: READ_ONLY},
    Status.INCOMPLETE: {-1: FULL, 0: WARNED, 6: WARNED, 7: READ_ONLY},
    Status.INCOMPLETE_EXPIRED: {-1: FULL, 0: WARNED, 6: WARNED, 7: READ_ONLY},
    None: {-1: FULL, 0: WARNED, 6: WARNED, 7: READ_ONLY},
}
CASES = [(status, days, access) for status, row in LAW.items() for days, access in row.items()]


@pytest.mark.quick
class TestEntitlement:
    @pytest.mark.parametrize(("status", "days", "access"), CASES)
    def test_is_as_declared(self, status, days, access):
        began = NOW - days * DAY
        assert entitlement(status, began, began, NOW).access is access

    def test_covers_every_state(self):
        assert set(LAW) == {*Status, None}
        assert set(STATES) | {Status.INCOMPLETE, Status.INCOMPLETE_EXPIRED} == set(Status)

    @pytest.mark.parametrize("status", [None, *Status])
    def test_says_when_it_narrows(self, status):
        found = entitlement(status, NOW - DAY, NOW - DAY, NOW)
        if found.access is WARNED:
            assert entitlement(status, NOW - DAY, NOW - DAY, found.until).access is READ_ONLY
            assert entitlement(status, NOW - DAY, NOW - DAY, found.until - timedelta(seconds=1)).access is WARNED
        else:
            assert found.until is None

    def test_a_trial_without_end_does_not_end(self):
        assert entitlement(None, None, None, NOW).access is FULL

    def test_a_purchase_that_was_not_begun_takes_nothing_of_the_trial(self):
        found = entitlement(Status.INCOMPLETE, NOW, NOW + 5 * DAY, NOW)
        assert (found.access, found.reason) == (FULL, Reason.FIRST_PAYMENT)
