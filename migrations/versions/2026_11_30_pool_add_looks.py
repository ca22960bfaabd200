"""Whose pages a member has opened in a day, of customers that lay free."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "pool_looks"
down_revision = "pool_drafts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make and fence the looks."""
    op.create_table(
        "pool_look",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", f"{table}_id"],
                [f"{table}.tenant_id", f"{table}.id"],
                name=op.f(f"fk_pool_look_tenant_id_{table}_id"),
                ondelete="CASCADE",
            )
            for table in ("member", "account")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pool_look")),
    )
    op.create_index(
        op.f("ix_pool_look_tenant_id_member_id_day_account_id"),
        "pool_look",
        ["tenant_id", "member_id", "day", "account_id"],
        unique=True,
    )
    op.create_index(op.f("ix_pool_look_tenant_id_account_id"), "pool_look", ["tenant_id", "account_id"])
    op.create_index("ix_pool_look_by_day", "pool_look", ["tenant_id", "day"])
    isolate("pool_look")
