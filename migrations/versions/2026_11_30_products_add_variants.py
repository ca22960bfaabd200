"""Variants of products, and bundles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "products_add_variants"
down_revision = "products_add_prices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what tells variants apart, and make and fence the parts of bundles."""
    op.add_column("product", sa.Column("variant_of_id", sa.Uuid(), nullable=True))
    op.add_column("product", sa.Column("variant", postgresql.JSONB(), nullable=False, server_default="[]"))
    op.add_column("product", sa.Column("is_bundle", sa.Boolean(), nullable=False, server_default="false"))
    op.add_column("product", sa.Column("percent_off", sa.Numeric(6, 3), nullable=True))
    for column in ("variant", "is_bundle"):
        op.alter_column("product", column, server_default=None)
    op.create_foreign_key(
        op.f("fk_product_tenant_id_variant_of_id"),
        "product",
        "product",
        ["tenant_id", "variant_of_id"],
        ["tenant_id", "id"],
    )
    op.create_index(
        "ix_product_by_family",
        "product",
        ["tenant_id", "variant_of_id", "id"],
        postgresql_where=sa.text("variant_of_id is not null"),
    )
    op.create_table(
        "bundle_part",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bundle_id", sa.Uuid(), nullable=False),
        sa.Column("part_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(14, 3), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                ["product.tenant_id", "product.id"],
                name=op.f(f"fk_bundle_part_tenant_id_{column}"),
                ondelete=gone,
            )
            for column, gone in (("bundle_id", "CASCADE"), ("part_id", None))
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bundle_part")),
    )
    op.create_index(
        op.f("ix_bundle_part_tenant_id_bundle_id_part_id"),
        "bundle_part",
        ["tenant_id", "bundle_id", "part_id"],
        unique=True,
    )
    op.create_index(op.f("ix_bundle_part_tenant_id_part_id"), "bundle_part", ["tenant_id", "part_id"])
    isolate("bundle_part")
