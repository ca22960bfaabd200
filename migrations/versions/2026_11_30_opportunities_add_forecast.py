"""As what a deal counts in the forecast."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "opportunities_add_forecast"
down_revision = "opportunities_index_won"
branch_labels = None
depends_on = None

CATEGORIES = ("commit", "best", "pipeline", "omitted")


def upgrade() -> None:
    """Note it with the deal."""
    kind = sa.Enum(*CATEGORIES, name="category", native_enum=False, length=40)
    op.add_column("opportunity", sa.Column("forecast", kind, nullable=True))
