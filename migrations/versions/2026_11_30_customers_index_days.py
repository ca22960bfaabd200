"""The few people whose birthday or other day is known are found without reading all others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "customers_index_days"
down_revision = "customers_contact_fields"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index them by who looks after them."""
    op.create_index(
        "ix_contact_with_days",
        "contact",
        ["tenant_id", "owner_id"],
        postgresql_where=sa.text("archived_at is null and (birthday is not null or days <> '[]'::jsonb)"),
    )
