"""Statements of account that were printed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "receivables_add_statements"
down_revision = "receivables_add_bank"
branch_labels = None
depends_on = ("tenants_begin",)


def upgrade() -> None:
    """Make and fence the tables."""
    op.create_table(
        "account_statement",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_account_statement_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_account_statement_tenant_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_account_statement_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_account_statement")),
    )
    op.create_index("ix_account_statement_by_account", "account_statement", ["tenant_id", "account_id", "created_at"])
    op.create_index(
        "ix_account_statement_by_owner",
        "account_statement",
        ["tenant_id", "owner_id"],
        postgresql_where=sa.text("owner_id is not null"),
    )
    op.create_index("ix_account_statement_by_team", "account_statement", ["tenant_id", "team_id"])
    isolate("account_statement")
