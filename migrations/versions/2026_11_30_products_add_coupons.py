"""Coupons, and who used them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "products_add_coupons"
down_revision = "products_add_variants"
branch_labels = None
depends_on = None

MOMENT = postgresql.TIMESTAMP(timezone=True)


def _table(name: str, *columns: Any, **links: tuple[str, str | None]) -> None:
    """A workspace's table; `links`: column → (table it points at, what becomes of its row when that goes)."""
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(column, sa.Uuid(), nullable=False) for column in links),
        *columns,
        sa.Column("created_at", MOMENT, nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"{target}.tenant_id", f"{target}.id"],
                name=op.f(f"fk_{name}_tenant_id_{column}"),
                ondelete=gone,
            )
            for column, (target, gone) in links.items()
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{name}")),
    )


def upgrade() -> None:
    """Make and fence them."""
    _table(
        "coupon",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("code_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("percent_off", sa.Numeric(6, 3), nullable=True),
        sa.Column("amount_off", sa.Numeric(18, 2), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("least_order", sa.Numeric(18, 2), nullable=True),
        sa.Column("most_uses", sa.BigInteger(), nullable=True),
        sa.Column("most_per_account", sa.BigInteger(), nullable=True),
        sa.Column("categories", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("(percent_off is null) <> (amount_off is null)", name=op.f("ck_coupon_either")),
    )
    op.create_index(op.f("ix_coupon_tenant_id_code_key"), "coupon", ["tenant_id", "code_key"], unique=True)
    op.create_index("ix_coupon_by_code", "coupon", ["tenant_id", "code_key", "id"])
    op.create_index("ix_coupon_by_created", "coupon", ["tenant_id", "created_at", "id"])
    _table("coupon_product", coupon_id=("coupon", "CASCADE"), product_id=("product", "CASCADE"))
    op.create_index(
        op.f("ix_coupon_product_tenant_id_coupon_id_product_id"),
        "coupon_product",
        ["tenant_id", "coupon_id", "product_id"],
        unique=True,
    )
    op.create_index(op.f("ix_coupon_product_tenant_id_product_id"), "coupon_product", ["tenant_id", "product_id"])
    _table(
        "coupon_use",
        sa.Column("paper_kind", sa.Text(), nullable=False),
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(18, 2), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=False),
        sa.Column("given_back_at", MOMENT, nullable=True),
        coupon_id=("coupon", None),
        account_id=("account", None),
    )
    op.create_index(
        op.f("ix_coupon_use_tenant_id_coupon_id_paper_kind_paper_id"),
        "coupon_use",
        ["tenant_id", "coupon_id", "paper_kind", "paper_id"],
        unique=True,
        postgresql_where=sa.text("given_back_at is null"),
    )
    op.create_index(op.f("ix_coupon_use_tenant_id_coupon_id_id"), "coupon_use", ["tenant_id", "coupon_id", "id"])
    op.create_index("ix_coupon_use_by_paper", "coupon_use", ["tenant_id", "paper_kind", "paper_id"])
    op.create_index(op.f("ix_coupon_use_tenant_id_account_id"), "coupon_use", ["tenant_id", "account_id"])
    isolate("coupon", "coupon_product", "coupon_use")
