"""Several pipelines, each with stages of its own; what a workspace had becomes the first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, keep, unfenced

revision = "opportunities_add_pipelines"
down_revision = "opportunities_index_won"
branch_labels = None
depends_on = ("tenants_add_turn",)

FIRST = """
insert into pipeline (tenant_id, id, key, name, position, created_at, version, updated_at)
select tenant_id, gen_random_uuid(), 'sales', null, 0, now(), 1, now() from (select distinct tenant_id from stage) known
"""


def upgrade() -> None:
    """Make and fence pipelines, give each workspace with stages its first, and keep both for its pages."""
    moment = postgresql.TIMESTAMP(timezone=True)
    op.create_table(
        "pipeline",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("archived_at", moment, nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pipeline")),
    )
    op.create_index(
        op.f("ix_pipeline_tenant_id_key"),
        "pipeline",
        ["tenant_id", "key"],
        unique=True,
        postgresql_where=sa.text("key is not null"),
    )
    op.add_column("stage", sa.Column("pipeline_id", sa.Uuid(), nullable=True))
    with unfenced("stage"):
        op.execute(FIRST)
        op.execute("update stage set pipeline_id = p.id from pipeline p where p.tenant_id = stage.tenant_id")
    op.alter_column("stage", "pipeline_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_stage_tenant_id_pipeline_id"),
        "stage",
        "pipeline",
        ["tenant_id", "pipeline_id"],
        ["tenant_id", "id"],
    )
    op.drop_index(op.f("ix_stage_tenant_id_key"), "stage")
    op.drop_index(op.f("ix_stage_tenant_id_position"), "stage")
    op.create_index(
        op.f("ix_stage_tenant_id_pipeline_id_key"),
        "stage",
        ["tenant_id", "pipeline_id", "key"],
        unique=True,
        postgresql_where=sa.text("key is not null"),
    )
    op.create_index(op.f("ix_stage_tenant_id_pipeline_id_position"), "stage", ["tenant_id", "pipeline_id", "position"])
    isolate("pipeline")
    keep("pipeline")
    keep("stage")
