"""Views of the list of customers that were given a name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "fields_add_segments"
down_revision = "fields_add_labels"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make and fence segments, and which of them a member's list opens with."""
    op.create_table(
        "segment",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "audience", sa.Enum("mine", "team", "all", name="audience", native_enum=False, length=40), nullable=False
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["member.tenant_id", "member.id"], name=op.f("fk_segment_tenant_id_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_segment_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_segment")),
    )
    op.create_index(
        "ix_segment_by_position", "segment", ["tenant_id", "position"], postgresql_where=sa.text("archived_at is null")
    )
    for name in ("owner_id", "team_id"):
        op.create_index(op.f(f"ix_segment_tenant_id_{name}"), "segment", ["tenant_id", name])
    op.create_table(
        "first_segment",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_first_segment_tenant_id_member_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "segment_id"],
            ["segment.tenant_id", "segment.id"],
            name=op.f("fk_first_segment_tenant_id_segment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_first_segment")),
    )
    op.create_index(
        op.f("ix_first_segment_tenant_id_member_id"), "first_segment", ["tenant_id", "member_id"], unique=True
    )
    op.create_index(op.f("ix_first_segment_tenant_id_segment_id"), "first_segment", ["tenant_id", "segment_id"])
    isolate("segment", "first_segment")
