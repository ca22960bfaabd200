"""Whether a customer that left its owner had bought, so that an undo gives it back as one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "pool_add_buyers"
down_revision = "pool_whole"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; so far no rule has returned one that had bought."""
    op.add_column("pool_move", sa.Column("had_bought", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("pool_move", "had_bought", server_default=None)
