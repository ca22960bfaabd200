"""What each sweep took, so that it can be given back as one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "pool_sweeps"
down_revision = "pool_whole"
branch_labels = None
depends_on = None


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, length=40)


def _points_at(table: str, column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_tenant_id_{column}")
    keys = ["tenant_id", column], [f"{target}.tenant_id", f"{target}.id"]
    return sa.ForeignKeyConstraint(*keys, name=name, ondelete=ondelete)


def upgrade() -> None:
    """Make and fence the runs and what an undo left; a step of the ledger names its run."""
    op.create_table(
        "pool_sweep",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("undoing", _words("undoing", "running", "done"), nullable=True),
        sa.Column("undo_by_id", sa.Uuid(), nullable=True),
        sa.Column("undo_why", sa.Text(), nullable=True),
        sa.Column("undone_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.Column("last_move_id", sa.Uuid(), nullable=True),
        sa.Column("back", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        _points_at("pool_sweep", "undo_by_id", "member"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pool_sweep")),
    )
    op.create_table(
        "pool_stay",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sweep_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "why",
            _words("stayreason", "taken", "moved", "spoken", "archived", "left", "full"),
            nullable=False,
        ),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        _points_at("pool_stay", "sweep_id", "pool_sweep", ondelete="CASCADE"),
        _points_at("pool_stay", "account_id", "account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pool_stay")),
    )
    op.create_index("ix_pool_stay_by_sweep", "pool_stay", ["tenant_id", "sweep_id", "id"])
    op.create_index(op.f("ix_pool_stay_tenant_id_account_id"), "pool_stay", ["tenant_id", "account_id"])
    op.add_column("pool_move", sa.Column("sweep_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_pool_move_tenant_id_sweep_id"),
        "pool_move",
        "pool_sweep",
        ["tenant_id", "sweep_id"],
        ["tenant_id", "id"],
    )
    op.create_index(
        "ix_pool_move_by_sweep",
        "pool_move",
        ["tenant_id", "sweep_id", "kind", "id"],
        postgresql_where=sa.text("sweep_id is not null"),
    )
    isolate("pool_sweep", "pool_stay")
