"""Rules that are being thought about, with what they would have done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "pool_drafts"
down_revision = "pool_sweeps"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make and fence the drafts, one for each pool."""
    op.create_table(
        "pool_draft",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("tried_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.Uuid(), nullable=True),
        sa.Column("found", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "pool_id"],
            ["pool.tenant_id", "pool.id"],
            name=op.f("fk_pool_draft_tenant_id_pool_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_pool_draft_tenant_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pool_draft")),
    )
    op.create_index(op.f("ix_pool_draft_tenant_id_member_id"), "pool_draft", ["tenant_id", "member_id"])
    op.create_index(
        op.f("ix_pool_draft_tenant_id_pool_id"),
        "pool_draft",
        ["tenant_id", "pool_id"],
        unique=True,
        postgresql_where=sa.text("pool_id is not null"),
    )
    op.create_index(
        "ix_pool_draft_main",
        "pool_draft",
        ["tenant_id"],
        unique=True,
        postgresql_where=sa.text("pool_id is null"),
    )
    isolate("pool_draft")
