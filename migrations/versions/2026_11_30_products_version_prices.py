"""The changes of each row of a price list are counted, so that the undo of an import leaves what was changed since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "products_version_prices"
down_revision = "products_add_coupons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count them."""
    op.add_column("price", sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"))
    moment = postgresql.TIMESTAMP(timezone=True)
    op.add_column("price", sa.Column("updated_at", moment, nullable=False, server_default=sa.func.now()))
    for column in ("version", "updated_at"):
        op.alter_column("price", column, server_default=None)
