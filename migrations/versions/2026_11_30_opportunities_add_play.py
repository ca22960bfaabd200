"""The play of a workspace: what is to be done with a deal in each stage."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, keep

revision = "opportunities_add_play"
down_revision = "opportunities_add_pace"
branch_labels = None
depends_on = None

MOMENT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Make and fence its steps; a workspace that has stages already writes its own."""
    op.create_table(
        "play_step",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stage_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("proof", sa.Enum("activity", "field", name="proof", native_enum=False, length=40), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "stage_id"],
            ["stage.tenant_id", "stage.id"],
            name=op.f("fk_play_step_tenant_id_stage_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_play_step")),
    )
    op.create_index(op.f("ix_play_step_tenant_id_stage_id"), "play_step", ["tenant_id", "stage_id"])
    op.create_index(
        op.f("ix_play_step_tenant_id_stage_id_key"),
        "play_step",
        ["tenant_id", "stage_id", "key"],
        unique=True,
        postgresql_where=sa.text("key is not null"),
    )
    isolate("play_step")
    keep("play_step")
