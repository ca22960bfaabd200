"""Invoices know the order or the contract that they bill."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "receivables_link_orders"
down_revision = "receivables_add_statements"
branch_labels = None
depends_on = ("orders_begin", "contracts_begin")

SOURCES = {"order_id": "sales_order", "contract_id": "contract"}


def upgrade() -> None:
    """Room for where an invoice comes from, and for what of it."""
    for column, table in SOURCES.items():
        op.add_column("invoice", sa.Column(column, sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_invoice_tenant_id_{column}"),
            "invoice",
            table,
            ["tenant_id", column],
            ["tenant_id", "id"],
        )
    for column in ("period_from", "period_until"):
        op.add_column("invoice", sa.Column(column, sa.Date(), nullable=True))
    op.add_column("invoice_line", sa.Column("order_line_id", sa.Uuid(), nullable=True))
    for name, column in (("ix_invoice_by_order", "order_id"), ("ix_invoice_by_contract", "contract_id")):
        op.create_index(name, "invoice", ["tenant_id", column], postgresql_where=sa.text(f"{column} is not null"))
    op.create_index(
        "ux_invoice_period",
        "invoice",
        ["tenant_id", "contract_id", "period_from"],
        unique=True,
        postgresql_where=sa.text("contract_id is not null and archived_at is null"),
    )
