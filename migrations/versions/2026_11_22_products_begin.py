"""Products, and how files spell them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "products_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make and fence products and their other spellings."""
    op.create_table(
        "product",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("price", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("import_key", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_product")),
    )
    op.create_index("ix_product_by_created", "product", ["tenant_id", "created_at", "id"], unique=False)
    op.create_index("ix_product_by_name", "product", ["tenant_id", "name_key", "id"], unique=False)
    op.create_index("ix_product_by_number", "product", ["tenant_id", "number", "id"], unique=False)
    op.create_index(
        "ix_product_by_price",
        "product",
        ["tenant_id", sa.literal_column("coalesce(price, '-1'::numeric)"), "id"],
        unique=False,
    )
    op.create_index("ix_product_by_series", "product", ["tenant_id", "series", "name_key", "id"], unique=False)
    op.create_index(op.f("ix_product_tenant_id_number"), "product", ["tenant_id", "number"], unique=True)
    op.create_index(
        "uq_product_name",
        "product",
        ["tenant_id", "name_key"],
        unique=True,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_table(
        "product_alias",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("spelling", sa.Text(), nullable=False),
        sa.Column("spelling_key", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["product.tenant_id", "product.id"],
            name=op.f("fk_product_alias_tenant_id_product_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_product_alias")),
    )
    op.create_index(
        op.f("ix_product_alias_tenant_id_product_id"), "product_alias", ["tenant_id", "product_id"], unique=False
    )
    op.create_index(
        op.f("ix_product_alias_tenant_id_spelling_key"), "product_alias", ["tenant_id", "spelling_key"], unique=True
    )
    isolate("product", "product_alias")
