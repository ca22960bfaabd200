"""When the last contract of a customer is over, which a clock of the pool counts from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "customers_add_contract_end"
down_revision = "customers_contact_fields"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; there are no contracts yet."""
    op.add_column("account", sa.Column("contract_until", postgresql.TIMESTAMP(timezone=True), nullable=True))
