"""The hours in which a member wants to be left alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "tenants_add_quiet_hours"
down_revision = "tenants_add_digests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two hours of a member's day."""
    op.add_column("member", sa.Column("quiet_from", sa.BigInteger(), nullable=True))
    op.add_column("member", sa.Column("quiet_until", sa.BigInteger(), nullable=True))
