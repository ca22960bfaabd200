"""What a stage asks of a deal before it goes on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "opportunities_add_needs"
down_revision = "opportunities_add_pipelines"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let stages ask; those that there are ask for nothing."""
    texts = postgresql.ARRAY(sa.Text())
    op.add_column("stage", sa.Column("needs", texts, nullable=False, server_default="{}"))
    op.alter_column("stage", "needs", server_default=None)
