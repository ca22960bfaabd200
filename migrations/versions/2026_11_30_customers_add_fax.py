"""By which number a customer takes faxes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "customers_add_fax"
down_revision = "customers_add_reading"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Note it with the customer."""
    op.add_column("account", sa.Column("fax", sa.Text(), nullable=True))
