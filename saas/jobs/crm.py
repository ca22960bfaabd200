"""What the business does by itself: answers to events, to the clock, and long work that people asked for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from saas.crm.activities import actions as activities
from saas.jobs.triggers import due


@due
def remind_activity(activity_id: UUID, reminder_at: datetime) -> None:
    """Tell whoever planned an activity that its time comes."""
    activities.remind(activity_id, reminder_at)
