"""How long deals may stand in a stage, and how long won ones usually do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "opportunities_add_pace"
down_revision = "opportunities_add_rivals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both to stages; the second is learned every night."""
    for name in ("patience", "usual"):
        op.add_column("stage", sa.Column(name, sa.BigInteger(), nullable=True))
