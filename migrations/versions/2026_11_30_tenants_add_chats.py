"""Where else a member is told: places in chat and SMS services."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "tenants_add_chats"
down_revision = "tenants_add_quiet_hours"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make and fence the places."""
    op.create_table(
        "chat_address",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("given_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "failure",
            sa.Enum("refused", "busy", "unreachable", name="why", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("failing_since", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_chat_address_tenant_id_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_chat_address")),
    )
    op.create_index(op.f("ix_chat_address_tenant_id_member_id"), "chat_address", ["tenant_id", "member_id"])
    isolate("chat_address")
