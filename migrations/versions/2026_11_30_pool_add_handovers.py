"""The ledger says who had a customer that was handed over, and which promise came with a claim."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "pool_add_handovers"
down_revision = "pool_add_routes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what was handed over or promised before isn't in them."""
    for column, table in (("from_id", "member"), ("promise_id", "promise")):
        op.add_column("pool_move", sa.Column(column, sa.Uuid(), nullable=True))
        name, keys = op.f(f"fk_pool_move_tenant_id_{column}"), ["tenant_id", column]
        op.create_foreign_key(name, "pool_move", table, keys, ["tenant_id", "id"])
    promised = sa.text("promise_id is not null")
    op.create_index("ix_pool_move_by_promise", "pool_move", ["tenant_id", "promise_id"], postgresql_where=promised)
