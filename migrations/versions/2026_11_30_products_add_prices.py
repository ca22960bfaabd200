"""List prices in further currencies, and price lists."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, keep

revision = "products_add_prices"
down_revision = "products_add_taxes"
branch_labels = None
depends_on = ("customers_begin", "fields_add_labels")

MOMENT = postgresql.TIMESTAMP(timezone=True)


def _table(name: str, *columns: Any, **links: tuple[str, str | None]) -> None:
    """A workspace's table; `links`: column → (table it points at, what becomes of its row when that goes)."""
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
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
        "product_price",
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("price", sa.Numeric(16, 4), nullable=False),
        product_id=("product", "CASCADE"),
    )
    op.create_index(
        op.f("ix_product_price_tenant_id_product_id_currency"),
        "product_price",
        ["tenant_id", "product_id", "currency"],
        unique=True,
    )
    _table(
        "price_list",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column(
            "audience",
            sa.Enum("all", "level", "group", "account", name="audience", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("label_id", sa.Uuid(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("percent_off", sa.Numeric(6, 3), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("archived_at", MOMENT, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(audience = 'account') = (account_id is not null) and (audience = 'level') = (level is not null) "
            "and (audience = 'group') = (label_id is not null)",
            name=op.f("ck_price_list_audience"),
        ),
        account_id=("account", None),
        label_id=("label", None),
    )
    op.create_index(
        "uq_price_list_name",
        "price_list",
        ["tenant_id", "name_key"],
        unique=True,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index("ix_price_list_by_name", "price_list", ["tenant_id", "name_key", "id"])
    for column in ("account_id", "label_id"):
        op.create_index(
            f"ix_price_list_by_{column.removesuffix('_id')}",
            "price_list",
            ["tenant_id", column],
            postgresql_where=sa.text(f"{column} is not null"),
        )
    _table(
        "price",
        sa.Column("price_list_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("from_quantity", sa.Numeric(14, 3), nullable=False),
        sa.Column("price", sa.Numeric(16, 4), nullable=True),
        sa.Column("percent_off", sa.Numeric(6, 3), nullable=True),
        sa.CheckConstraint("(price is null) <> (percent_off is null)", name=op.f("ck_price_either")),
        price_list_id=("price_list", "CASCADE"),
        product_id=("product", "CASCADE"),
    )
    op.create_index(
        op.f("ix_price_tenant_id_price_list_id_product_id_from_quantity"),
        "price",
        ["tenant_id", "price_list_id", "product_id", "from_quantity"],
        unique=True,
    )
    op.create_index(
        op.f("ix_price_tenant_id_product_id_price_list_id"), "price", ["tenant_id", "product_id", "price_list_id"]
    )
    isolate("product_price", "price_list", "price")
    keep("price_list")
