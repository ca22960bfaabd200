"""Who else sells a deal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "opportunities_add_shares"
down_revision = "opportunities_add_forecast"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make and fence the shares."""
    op.create_table(
        "deal_share",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("percent", sa.Numeric(18, 2), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        _to("opportunity_id", "opportunity", ondelete="CASCADE"),
        _to("owner_id", "member"),
        _to("team_id", "team"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_deal_share")),
    )
    key = "ix_deal_share_tenant_id_opportunity_id_owner_id"
    op.create_index(key, "deal_share", ["tenant_id", "opportunity_id", "owner_id"], unique=True)
    op.create_index(
        "ix_deal_share_tenant_id_owner_id_opportunity_id", "deal_share", ["tenant_id", "owner_id", "opportunity_id"]
    )
    op.create_index("ix_deal_share_tenant_id_team_id", "deal_share", ["tenant_id", "team_id"])
    isolate("deal_share")


def _to(column: str, other: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    keys = [f"{other}.tenant_id", f"{other}.id"]
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], keys, name=op.f(f"fk_deal_share_tenant_id_{column}"), ondelete=ondelete
    )
