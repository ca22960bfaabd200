"""How safely a customer pays, in the workspace's words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "customers_add_credit"
down_revision = "customers_tax_number"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Note it with the customer."""
    op.add_column("account", sa.Column("credit", sa.Text(), nullable=True))
