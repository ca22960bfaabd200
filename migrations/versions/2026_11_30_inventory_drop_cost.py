"""A product's cost is kept with the product alone."""

from __future__ import annotations

from alembic import op

revision = "inventory_drop_cost"
down_revision = "inventory_begin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the second place of it, which no release has read."""
    op.drop_column("stock_level", "cost")
