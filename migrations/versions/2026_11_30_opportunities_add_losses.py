"""Why deals are lost, as words to be counted, and how often one was opened again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "opportunities_add_losses"
down_revision = "opportunities_add_needs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; what somebody has written as a reason stays as it is."""
    op.add_column("opportunity", sa.Column("loss", sa.Text(), nullable=True))
    op.add_column("opportunity", sa.Column("reopened", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("opportunity", "reopened", server_default=None)
