"""What customers have brought is summed from an index alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "opportunities_index_won"
down_revision = "opportunities_begin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the deals that were won by customer."""
    op.create_index(
        "ix_opportunity_won",
        "opportunity",
        ["tenant_id", "account_id"],
        postgresql_include=["currency", "amount", "closed_on", "owner_id", "team_id"],
        postgresql_where=sa.text("result = 'won' and archived_at is null"),
    )
