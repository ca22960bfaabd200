"""Fields of a workspace's own, and by what records are found through them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, keep

revision = "fields_add_custom"
down_revision = "fields_add_segments"
branch_labels = None
depends_on = ("tenants_add_turn",)

KINDS = ("text", "number", "money", "date", "choice", "choices", "person", "account")


def upgrade() -> None:
    """Make and fence fields and terms."""
    op.create_table(
        "custom_field",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Enum(*KINDS, name="fieldkind", native_enum=False, length=40), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("hint", sa.Text(), nullable=True),
        sa.Column(
            "applies",
            sa.Enum("all", "company", "person", name="applies", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("choices", postgresql.JSONB(), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_custom_field")),
    )
    op.create_index("ix_custom_field_by_position", "custom_field", ["tenant_id", "subject", "position", "id"])
    op.create_table(
        "custom_term",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("field_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("term", sa.Text(collation="C"), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "field_id"],
            ["custom_field.tenant_id", "custom_field.id"],
            name=op.f("fk_custom_term_tenant_id_field_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_custom_term")),
    )
    op.create_index("ix_custom_term_by_term", "custom_term", ["tenant_id", "field_id", "term", "record_id"])
    op.create_index("uq_custom_term", "custom_term", ["tenant_id", "record_id", "field_id", "term"], unique=True)
    # A field is of one workspace, a word of one field: taken for independent, a frequent word would look rare.
    op.execute("create statistics st_custom_term (dependencies) on tenant_id, field_id, term from custom_term")
    isolate("custom_field", "custom_term")
    keep("custom_field")
