"""What was archived is listed without reading all others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "customers_index_archived"
down_revision = "customers_index_days"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index them by name."""
    op.create_index(
        "ix_account_archived",
        "account",
        ["tenant_id", "name_key", "id"],
        postgresql_where=sa.text("archived_at is not null"),
    )
    op.create_index(
        "ix_contact_archived",
        "contact",
        ["tenant_id", "name_key", "id"],
        postgresql_where=sa.text("archived_at is not null"),
    )
