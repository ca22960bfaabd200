"""Rules by which a pool is handed out, by the properties of its customers; the ledger says by which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "pool_add_routes"
down_revision = "pool_looks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make and fence them; a pool begins without any."""
    op.create_table(
        "pool_route",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("property", sa.Text(), nullable=True),
        sa.Column("values", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("last_member_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        _to("pool_route", "pool_id", "pool", ondelete="CASCADE"),
        _to("pool_route", "last_member_id", "member"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pool_route")),
    )
    op.create_table(
        "pool_route_member",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("route_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        _to("pool_route_member", "route_id", "pool_route", ondelete="CASCADE"),
        _to("pool_route_member", "member_id", "member"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pool_route_member")),
    )
    op.create_index("ix_pool_route_tenant_id_pool_id_position", "pool_route", ["tenant_id", "pool_id", "position"])
    for name, columns, where in (
        ("ix_pool_route_rest", ["tenant_id", "pool_id"], "property is null and pool_id is not null"),
        ("ix_pool_route_rest_of_main", ["tenant_id"], "property is null and pool_id is null"),
    ):
        op.create_index(name, "pool_route", columns, unique=True, postgresql_where=sa.text(where))
    op.create_index("ix_pool_route_member_tenant_id_member_id", "pool_route_member", ["tenant_id", "member_id"])
    once = "ix_pool_route_member_tenant_id_route_id_member_id"
    op.create_index(once, "pool_route_member", ["tenant_id", "route_id", "member_id"], unique=True)
    op.add_column("pool_move", sa.Column("rule", postgresql.JSONB(), nullable=True))
    isolate("pool_route", "pool_route_member")


def _to(table: str, column: str, other: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    keys = [f"{other}.tenant_id", f"{other}.id"]
    name = op.f(f"fk_{table}_tenant_id_{column}")
    return sa.ForeignKeyConstraint(["tenant_id", column], keys, name=name, ondelete=ondelete)
