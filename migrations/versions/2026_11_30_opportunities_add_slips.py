"""How often the expected day of a deal was put off to a later month."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "opportunities_add_slips"
down_revision = "opportunities_add_play"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count from now on; nothing is known of what was before."""
    op.add_column("opportunity", sa.Column("slips", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("opportunity", "slips", server_default=None)
    op.create_index(
        "ix_opportunity_slipped",
        "opportunity",
        ["tenant_id", "stage_since", "id"],
        postgresql_where=sa.text("slips > 1 and archived_at is null"),
    )
