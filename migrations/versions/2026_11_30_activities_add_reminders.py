"""Several reminders of one activity."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "activities_add_reminders"
down_revision = "activities_memos"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the one reminder over as the first of several."""
    some: postgresql.ARRAY[str] = postgresql.ARRAY(sa.Text())
    op.add_column("activity", sa.Column("reminders", some, nullable=False, server_default="{}"))
    op.alter_column("activity", "reminders", server_default=None)
    op.execute("alter table activity no force row level security")  # the owner changes every workspace's rows, once
    op.execute("update activity set reminders = array[reminder] where reminder is not null")
    op.execute("alter table activity force row level security")
    op.drop_column("activity", "reminder")
