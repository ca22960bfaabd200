"""What customers and contacts hold in fields of a workspace's own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "customers_add_custom"
down_revision = "customers_begin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; rows that are here already are not written anew."""
    for table in ("account", "contact"):
        op.add_column(table, sa.Column("custom", postgresql.JSONB(), nullable=False, server_default="{}"))
        op.alter_column(table, "custom", server_default=None)
