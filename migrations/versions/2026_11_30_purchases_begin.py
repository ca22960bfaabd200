"""Purchases with lines and receipts, and the rights to see and to make them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, unfenced

revision = "purchases_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = ("customers_begin", "inventory_begin")

STATES = ("draft", "ordered", "part", "received", "cancelled")
TARGETS = {
    "account_id": "account",
    "owner_id": "member",
    "member_id": "member",
    "warehouse_id": "warehouse",
    "product_id": "product",
    "purchase_id": "purchase",
    "receipt_id": "purchase_receipt",
    "line_id": "purchase_line",
}
INDEXES = {
    "purchase": ("number id", "account_id id", "created_at id", "warehouse_id", "owner_id"),
    "purchase_line": ("purchase_id position", "product_id id"),
    "purchase_receipt": ("purchase_id id", "warehouse_id", "member_id"),
    "purchase_receipt_line": ("receipt_id", "line_id"),
}
RIGHTS = """
    update role
    set rights = rights || '{"purchase.view": "all", "purchase.edit": "all"}'
    where key in ('owner', 'manager') and not rights ? 'purchase.view'
"""


def upgrade() -> None:
    """Make and fence them; roles that workspaces began with may buy where they may move stock."""
    _table(
        "purchase",
        _text("number"),
        _to("account_id"),
        _to("owner_id", is_optional=True),
        _to("warehouse_id"),
        sa.Column("state", sa.Enum(*STATES, name="state", native_enum=False, length=40), nullable=False),
        _text("currency"),
        _number("rate", 18, 8),
        _number("net", 18, 4),
        _text("reference", is_optional=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        _instant("ordered_at", is_optional=True),
        _text("remarks", is_optional=True),
        last=(sa.Column("version", sa.BigInteger(), nullable=False), _instant("updated_at")),
    )
    _table(
        "purchase_line",
        _to("purchase_id"),
        sa.Column("position", sa.BigInteger(), nullable=False),
        _to("product_id", is_optional=True),
        _text("text"),
        _number("quantity", 14, 3),
        _text("unit", is_optional=True),
        _number("price", 16, 4),
        _number("discount", 6, 3),
        _number("net", 18, 4),
        _number("received", 14, 3),
    )
    _table(
        "purchase_receipt",
        _to("purchase_id"),
        _to("warehouse_id"),
        _to("member_id", is_optional=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        _text("reference", is_optional=True),
        _instant("taken_back_at", is_optional=True),
    )
    _table(
        "purchase_receipt_line",
        _to("receipt_id"),
        _to("line_id"),
        _number("quantity", 14, 3),
        _number("unit_cost", 16, 4),
    )
    for table, indexes in INDEXES.items():
        for columns in indexes:
            names = ["tenant_id", *columns.split()]
            op.create_index(op.f(f"ix_{table}_{'_'.join(names)}"), table, names)
    op.create_index(op.f("ix_purchase_tenant_id_number"), "purchase", ["tenant_id", "number"], unique=True)
    isolate("purchase", "purchase_line", "purchase_receipt", "purchase_receipt_line")
    with unfenced("role"):
        op.execute(RIGHTS)


def _table(name: str, *columns: sa.Column[Any], last: tuple[sa.Column[Any], ...] = ()) -> None:
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *columns,
        _instant("created_at"),
        *last,
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column.name],
                [f"{TARGETS[column.name]}.tenant_id", f"{TARGETS[column.name]}.id"],
                name=op.f(f"fk_{name}_tenant_id_{column.name}"),
            )
            for column in columns
            if column.name in TARGETS
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{name}")),
    )


def _to(column: str, *, is_optional: bool = False) -> sa.Column[Any]:
    return sa.Column(column, sa.Uuid(), nullable=is_optional)


def _text(column: str, *, is_optional: bool = False) -> sa.Column[Any]:
    return sa.Column(column, sa.Text(), nullable=is_optional)


def _number(column: str, digits: int, places: int) -> sa.Column[Any]:
    return sa.Column(column, sa.Numeric(digits, places), nullable=False)


def _instant(column: str, *, is_optional: bool = False) -> sa.Column[Any]:
    return sa.Column(column, postgresql.TIMESTAMP(timezone=True), nullable=is_optional)
