"""What identity asks of the clock."""

from __future__ import annotations

from datetime import timedelta

from saas.jobs import runner
from saas.jobs.triggers import every
from saas.tenants.actions import trail

KEPT = timedelta(days=30)


@every(cron="40 3 * * *")
def forget_done_work() -> None:
    """Remove what was done long ago from the list of work; the trail keeps what happened."""
    while trail.forget_done(older_than=KEPT):
        runner.heartbeat()
