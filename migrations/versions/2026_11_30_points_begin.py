"""Score accounts of customers, and the right to give and take."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, unfenced

revision = "points_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = ("customers_begin",)

RIGHTS = """
    update role
    set rights = rights || jsonb_build_object('points.edit', case key when 'agent' then 'own' else 'all' end)
    where key in ('owner', 'manager', 'agent') and not rights ? 'points.edit'
"""


def upgrade() -> None:
    """Make and fence the lines; roles that workspaces began with may write them."""
    op.create_table(
        "point_entry",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("undoes_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"{table}.tenant_id", f"{table}.id"],
                name=op.f(f"fk_point_entry_tenant_id_{column}"),
            )
            for column, table in (("account_id", "account"), ("member_id", "member"), ("undoes_id", "point_entry"))
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_point_entry")),
    )
    op.create_index(op.f("ix_point_entry_tenant_id_account_id_id"), "point_entry", ["tenant_id", "account_id", "id"])
    op.create_index(op.f("ix_point_entry_tenant_id_member_id"), "point_entry", ["tenant_id", "member_id"])
    op.create_index(
        op.f("ix_point_entry_tenant_id_undoes_id"),
        "point_entry",
        ["tenant_id", "undoes_id"],
        unique=True,
        postgresql_where=sa.text("undoes_id is not null"),
    )
    isolate("point_entry")
    with unfenced("role"):
        op.execute(RIGHTS)
