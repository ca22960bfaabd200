"""How many open deals a stage should hold at most."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "opportunities_add_limits"
down_revision = "opportunities_add_losses"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let stages have a limit; none has one yet."""
    op.add_column("stage", sa.Column("most", sa.BigInteger(), nullable=True))
