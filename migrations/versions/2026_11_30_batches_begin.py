"""Batches of customers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "batches_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = None


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, length=40)


def upgrade() -> None:
    """Make and fence batches and their rows."""
    op.create_table(
        "batch",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("state", _words("batchstate", "open", "running", "done", "undoing", "undone"), nullable=False),
        sa.Column("deed", _words("deed", "edit", "assign", "archive"), nullable=True),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name=op.f("fk_batch_tenant_id_member_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_batch")),
    )
    op.create_index("ix_batch_by_created", "batch", ["tenant_id", "created_at", "id"])
    op.create_index(op.f("ix_batch_tenant_id_member_id"), "batch", ["tenant_id", "member_id"])
    op.create_table(
        "batch_row",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", _words("outcome", "waiting", "done", "left", "undone", "kept"), nullable=False),
        sa.Column("reason", _words("reason", "gone", "archived", "reach", "same", "pool", "changed"), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "batch_id"],
            ["batch.tenant_id", "batch.id"],
            name=op.f("fk_batch_row_tenant_id_batch_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_batch_row")),
    )
    op.create_index(
        op.f("ix_batch_row_tenant_id_batch_id_number"), "batch_row", ["tenant_id", "batch_id", "number"], unique=True
    )
    op.create_index("ix_batch_row_by_outcome", "batch_row", ["tenant_id", "batch_id", "outcome", "number"])
    isolate("batch", "batch_row")
