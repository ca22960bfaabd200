"""What the business does by itself: answers to events, to the clock, and long work that people asked for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from saas.crm.activities import actions as activities
from saas.crm.transfer import actions as transfer
from saas.crm.transfer import export_actions as exports
from saas.crm.transfer.models import RunState
from saas.jobs import runner
from saas.jobs.triggers import due, every


@due
def proceed_import(run_id: UUID, phase: str) -> None:
    """Read, check, bring in or undo an import, chunk by chunk; behind the last one when tried again."""
    for _chunk in transfer.proceed(run_id, RunState(phase)):
        runner.heartbeat()


@due
def make_export(export_id: UUID) -> None:
    """Make a file that somebody asked for; from the beginning when tried again."""
    for _part in exports.make(export_id):
        runner.heartbeat()


@every(cron="30 3 * * *")
def forget_exports() -> None:
    """Take away files whose days are over."""
    exports.forget_old()


@due
def remind_activity(activity_id: UUID, reminder_at: datetime) -> None:
    """Tell whoever planned an activity that its time comes."""
    activities.remind(activity_id, reminder_at)
