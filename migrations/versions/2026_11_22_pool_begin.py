"""The ledger of the pool."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "pool_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = ("customers_begin",)


def upgrade() -> None:
    """Make and fence the ledger."""
    op.create_table(
        "pool_move",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("claimed", "released", "reclaimed", name="movekind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_pool_move_tenant_id_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name=op.f("fk_pool_move_tenant_id_member_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pool_move")),
    )
    op.create_index(
        "ix_pool_move_account", "pool_move", ["tenant_id", "account_id", sa.literal_column("id desc")], unique=False
    )
    op.create_index("ix_pool_move_member", "pool_move", ["tenant_id", "member_id", "kind", "created_at"], unique=False)
    isolate("pool_move")
