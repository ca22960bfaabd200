"""What decides when an account returns to the pool: deals, promises, and what keeps it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "customers_clocks"
down_revision = "customers_begin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and make and fence the shields."""
    op.add_column("account", sa.Column("has_deal", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("account", "has_deal", server_default=None)
    for name in ("deal_ended_at", "intent_due_at", "kept_until"):
        op.add_column("account", sa.Column(name, postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.create_table(
        "account_shield",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "order",
                "contract",
                "receivable",
                "complaint",
                "registration",
                "lock",
                name="shieldkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("ref", sa.Uuid(), nullable=False),
        sa.Column("until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_account_shield_tenant_id_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_account_shield")),
    )
    op.create_index(
        op.f("ix_account_shield_tenant_id_account_id_kind_ref"),
        "account_shield",
        ["tenant_id", "account_id", "kind", "ref"],
        unique=True,
    )
    isolate("account_shield")
