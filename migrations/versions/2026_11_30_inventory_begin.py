"""Warehouses, stock with its movements, plans and counts, and the rights to see and to move it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, unfenced

revision = "inventory_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = ("products_begin",)

ACTIVE = "archived_at is null"
KINDS = ("in", "out", "adjust", "transfer", "receipt", "delivery", "return", "count")
PLANS = ("reserved", "soft_reserved", "on_order", "in_transit")
STATES = ("open", "posted", "cancelled")
TARGETS = {
    "product_id": "product",
    "warehouse_id": "warehouse",
    "member_id": "member",
    "count_id": "stock_count",
    "undoes_id": "stock_movement",
}
INDEXES: dict[str, tuple[tuple[str, str | None], ...]] = {  # table: (columns, where)
    "stock_level": (
        ("warehouse_id product_id", None),
        ("on_hand id", None),
        ("low_since", "low_since is not null"),
        ("count_id", "count_id is not null"),
    ),
    "stock_movement": (
        ("product_id id", None),
        ("warehouse_id id", None),
        ("created_at id", None),
        ("for_kind for_id", "for_id is not null"),
        ("transfer_id", "transfer_id is not null"),
        ("member_id", None),
    ),
    "stock_plan": (("product_id warehouse_id", None), ("warehouse_id", None), ("member_id", None)),
    "stock_count": (("warehouse_id id", None), ("created_at id", None), ("member_id", None)),
    "stock_count_line": (("product_id", None),),
}
UNIQUE: dict[str, tuple[tuple[str, str | None, str | None], ...]] = {  # table: (columns, where, name)
    "warehouse": (("code", ACTIVE, None), ("name_key", ACTIVE, None)),
    "stock_level": (
        ("product_id warehouse_id", "warehouse_id is not null", "uq_stock_level_place"),
        ("product_id", "warehouse_id is null", "uq_stock_level_total"),
    ),
    "stock_movement": (("undoes_id", "undoes_id is not null", None),),
    "stock_plan": (("for_kind for_id kind product_id warehouse_id", None, "uq_stock_plan_of"),),
    "stock_count_line": (("count_id product_id", None, None),),
}
RIGHTS = """
    update role
    set rights = rights || '{"stock.view": "all"}'
        || case when key = 'owner' or key = 'manager' then '{"stock.edit": "all"}'::jsonb else '{}'::jsonb end
    where key in ('owner', 'manager', 'agent', 'readonly') and not rights ? 'stock.view'
"""


def upgrade() -> None:
    """Make and fence all of it; roles that workspaces began with may see stock, and managers move it."""
    _table(
        "warehouse",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        is_versioned=True,
    )
    _table(
        "stock_count",
        _to("warehouse_id"),
        _to("member_id"),
        sa.Column("state", _words("countstate", STATES), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        is_versioned=True,
    )
    _table(
        "stock_level",
        _to("product_id"),
        _to("warehouse_id", is_optional=True),
        *(_quantity(name) for name in ("on_hand", *PLANS)),
        sa.Column("cost", sa.Numeric(16, 4), nullable=True),
        *(_quantity(name, is_optional=True) for name in ("warn_below", "fill_to", "pack_size")),
        sa.Column("low_since", postgresql.TIMESTAMP(timezone=True), nullable=True),
        _to("count_id", is_optional=True),
        is_versioned=True,
    )
    _table(
        "stock_movement",
        _to("product_id"),
        _to("warehouse_id"),
        sa.Column("kind", _words("movementkind", KINDS), nullable=False),
        _quantity("quantity"),
        _quantity("on_hand"),
        sa.Column("unit_cost", sa.Numeric(16, 4), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        _to("member_id", is_optional=True),
        sa.Column("for_kind", sa.Text(), nullable=True),
        sa.Column("for_id", sa.Uuid(), nullable=True),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        _to("undoes_id", is_optional=True),
    )
    _table(
        "stock_plan",
        sa.Column("kind", _words("plankind", PLANS), nullable=False),
        sa.Column("for_kind", sa.Text(), nullable=False),
        sa.Column("for_id", sa.Uuid(), nullable=False),
        _to("product_id"),
        _to("warehouse_id"),
        _quantity("quantity"),
        _to("member_id", is_optional=True),
    )
    _table("stock_count_line", _to("count_id"), _to("product_id"), _quantity("expected"), _quantity("counted", True))
    op.create_index("ix_stock_level_by_available", "stock_level", ["tenant_id", sa.text("(on_hand - reserved)"), "id"])
    for table, indexes in INDEXES.items():
        for columns, where in indexes:
            _index(table, columns, where)
    for table, found in UNIQUE.items():
        for columns, where, name in found:
            _index(table, columns, where, name, unique=True)
    isolate("warehouse", "stock_count", "stock_level", "stock_plan", "stock_count_line")
    isolate("stock_movement", append_only=True)
    with unfenced("role"):
        op.execute(RIGHTS)


def _table(name: str, *columns: sa.Column[Any], is_versioned: bool = False) -> None:
    links = [column.name for column in columns if column.name in TARGETS]
    versioned = (
        (
            sa.Column("version", sa.BigInteger(), nullable=False),
            sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        )
        if is_versioned
        else ()
    )
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *columns,
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        *versioned,
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", link],
                [f"{TARGETS[link]}.tenant_id", f"{TARGETS[link]}.id"],
                name=op.f(f"fk_{name}_tenant_id_{link}"),
            )
            for link in links
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{name}")),
    )


def _to(column: str, *, is_optional: bool = False) -> sa.Column[Any]:
    return sa.Column(column, sa.Uuid(), nullable=is_optional)


def _quantity(column: str, is_optional: bool = False) -> sa.Column[Any]:
    return sa.Column(column, sa.Numeric(14, 3), nullable=is_optional)


def _words(name: str, words: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, length=40)


def _index(table: str, columns: str, where: str | None, name: str | None = None, *, unique: bool = False) -> None:
    names = ["tenant_id", *columns.split()]
    op.create_index(
        name or op.f(f"ix_{table}_{'_'.join(names)}"),
        table,
        names,
        unique=unique,
        postgresql_where=sa.text(where) if where else None,
    )
