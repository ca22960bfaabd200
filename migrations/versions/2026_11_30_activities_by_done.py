"""Activities in the order in which they were done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "activities_by_done"
down_revision = "activities_add_series"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index for the history by completion."""
    op.create_index(
        "ix_activity_by_done",
        "activity",
        ["tenant_id", sa.text("coalesce(done_at, '1970-01-01 00:00:00+00'::timestamp with time zone)"), "id"],
        postgresql_where=sa.text("cancelled_at is null"),
    )
