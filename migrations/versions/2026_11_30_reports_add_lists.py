"""Lists are printed as cases are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "reports_lists"
down_revision = "reports_begin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep which list a PDF is of, and what its address asks for."""
    op.add_column("report", sa.Column("options", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.alter_column("report", "options", server_default=None)
