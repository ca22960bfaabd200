"""Several pools with members of their own, and promises in the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "pool_whole"
down_revision = "pool_begin"
branch_labels = None
depends_on = ("customers_clocks",)


def upgrade() -> None:
    """Make and fence the pools and their seats; an account and a step of the ledger name their pool."""
    op.create_table(
        "pool",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pool")),
    )
    op.create_index(
        op.f("ix_pool_tenant_id_name"),
        "pool",
        ["tenant_id", "name"],
        unique=True,
        postgresql_where=sa.text("closed_at is null"),
    )
    op.create_table(
        "pool_seat",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", f"{table}_id"],
                [f"{table}.tenant_id", f"{table}.id"],
                name=op.f(f"fk_pool_seat_tenant_id_{table}_id"),
                ondelete="CASCADE",
            )
            for table in ("pool", "member", "team")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pool_seat")),
    )
    for who in ("member_id", "team_id"):
        op.create_index(
            op.f(f"ix_pool_seat_tenant_id_pool_id_{who}"),
            "pool_seat",
            ["tenant_id", "pool_id", who],
            unique=True,
            postgresql_where=sa.text(f"{who} is not null"),
        )
        op.create_index(op.f(f"ix_pool_seat_tenant_id_{who}"), "pool_seat", ["tenant_id", who], unique=False)
    for table in ("account", "pool_move"):
        op.add_column(table, sa.Column("pool_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_{table}_tenant_id_pool_id"), table, "pool", ["tenant_id", "pool_id"], ["tenant_id", "id"]
        )
        op.create_index(op.f(f"ix_{table}_tenant_id_pool_id"), table, ["tenant_id", "pool_id"], unique=False)
    op.add_column("pool_move", sa.Column("step", sa.Text(), nullable=True))
    op.add_column("pool_move", sa.Column("step_by", sa.Date(), nullable=True))
    op.create_index("ix_pool_move_by_time", "pool_move", ["tenant_id", "created_at", "id"], unique=False)
    isolate("pool", "pool_seat")
