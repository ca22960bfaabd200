"""The contract under which something was ordered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "orders_add_contract"
down_revision = "orders_begin"
branch_labels = None
depends_on = ("contracts_begin",)


def upgrade() -> None:
    """Add the link and what finds orders by it."""
    op.add_column("sales_order", sa.Column("contract_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_sales_order_tenant_id_contract_id"),
        "sales_order",
        "contract",
        ["tenant_id", "contract_id"],
        ["tenant_id", "id"],
    )
    op.create_index(
        "ix_sales_order_by_contract",
        "sales_order",
        ["tenant_id", "contract_id"],
        postgresql_where=sa.text("contract_id is not null"),
    )
