"""A file knows with which message it came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "tenants_link_files"
down_revision = "tenants_keep_people"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Room for the message."""
    op.add_column("file", sa.Column("came_with_id", sa.Uuid(), nullable=True))
