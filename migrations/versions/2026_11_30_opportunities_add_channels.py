"""By which route, and through whom, a deal is sold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "opportunities_add_channels"
down_revision = "opportunities_add_shares"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Note both with the deal."""
    op.add_column("opportunity", sa.Column("channel", sa.Text(), nullable=True))
    op.add_column("opportunity", sa.Column("partner_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_opportunity_tenant_id_partner_id"),
        "opportunity",
        "account",
        ["tenant_id", "partner_id"],
        ["tenant_id", "id"],
    )
    op.create_index(
        "ix_opportunity_by_partner",
        "opportunity",
        ["tenant_id", "partner_id"],
        postgresql_where=sa.text("partner_id is not null"),
    )
