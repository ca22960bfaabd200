"""Territories, who sells there, and in which each customer lies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, keep

revision = "customers_add_territories"
down_revision = "customers_add_credit"
branch_labels = None
depends_on = ("tenants_add_turn",)

FRESH = ("left", "offered", "handed_out")


def upgrade() -> None:
    """Make and fence both; customers begin in none, since there are none."""
    op.create_table(
        "territory",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("manager_id", sa.Uuid(), nullable=True),
        *(
            sa.Column(name, postgresql.ARRAY(sa.Text()), nullable=False)
            for name in ("countries", "regions", "postcodes", "industries")
        ),
        sa.Column("employees_from", sa.BigInteger(), nullable=True),
        sa.Column("employees_to", sa.BigInteger(), nullable=True),
        sa.Column("fresh", sa.Enum(*FRESH, name="fresh", native_enum=False, length=40), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        _to("territory", "manager_id", "member"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_territory")),
    )
    op.create_table(
        "territory_member",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        _to("territory_member", "territory_id", "territory", ondelete="CASCADE"),
        _to("territory_member", "member_id", "member"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_territory_member")),
    )
    op.create_index("ix_territory_tenant_id_position", "territory", ["tenant_id", "position"])
    op.create_index("ix_territory_tenant_id_manager_id", "territory", ["tenant_id", "manager_id"])
    op.create_index("ix_territory_member_tenant_id_member_id", "territory_member", ["tenant_id", "member_id"])
    once = "ix_territory_member_tenant_id_territory_id_member_id"
    op.create_index(once, "territory_member", ["tenant_id", "territory_id", "member_id"], unique=True)
    isolate("territory", "territory_member")
    keep("territory")
    op.add_column("account", sa.Column("territory_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_account_tenant_id_territory_id"),
        "account",
        "territory",
        ["tenant_id", "territory_id"],
        ["tenant_id", "id"],
    )
    op.create_index(
        "ix_account_by_territory",
        "account",
        ["tenant_id", "territory_id", "name_key", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )


def _to(table: str, column: str, other: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    keys = [f"{other}.tenant_id", f"{other}.id"]
    name = op.f(f"fk_{table}_tenant_id_{column}")
    return sa.ForeignKeyConstraint(["tenant_id", column], keys, name=name, ondelete=ondelete)
