"""What was archived is listed without reading all others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "opportunities_index_archived"
down_revision = "opportunities_add_slips"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index them by name."""
    op.create_index(
        "ix_opportunity_archived",
        "opportunity",
        ["tenant_id", "name_key", "id"],
        postgresql_where=sa.text("archived_at is not null"),
    )
