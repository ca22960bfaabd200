"""The number under which a customer pays taxes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "customers_tax_number"
down_revision = "customers_clocks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; few have it, and it is looked up among the keys by which customers are known again."""
    op.add_column("account", sa.Column("tax_number", sa.Text(), nullable=True))
