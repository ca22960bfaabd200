"""Expenses, and the months of them that were printed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, unfenced

revision = "expenses_begin"
down_revision = "receivables_begin"
branch_labels = None
depends_on = ("activities_begin", "opportunities_begin", "papers_begin")

RIGHTS = (
    """
    update role
    set rights = rights || jsonb_build_object('expense.view', case key when 'agent' then 'own' else 'all' end)
    where key in ('owner', 'manager', 'agent') and not rights ? 'expense.view'
    """,
    """
    update role
    set rights = rights || jsonb_build_object('expense.edit', case key when 'owner' then 'all' else 'own' end)
    where key in ('owner', 'manager', 'agent') and not rights ? 'expense.edit'
    """,
    """
    update role set rights = rights || jsonb_build_object('expense.approve', 'all')
    where key in ('owner', 'manager') and not rights ? 'expense.approve'
    """,
)


def upgrade() -> None:
    """Make and fence the tables; roles that workspaces began with get their rights."""
    op.create_table(
        "expense_sheet",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_expense_sheet_tenant_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_expense_sheet_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_expense_sheet")),
    )
    op.create_index("ix_expense_sheet_by_owner", "expense_sheet", ["tenant_id", "owner_id", "first_on"])
    op.create_index("ix_expense_sheet_by_team", "expense_sheet", ["tenant_id", "team_id"])
    op.create_table(
        "expense",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("spent_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(18, 4), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(18, 8), nullable=True),
        sa.Column("rate_on", sa.Date(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("activity_id", sa.Uuid(), nullable=True),
        sa.Column("opportunity_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft", "handed_in", "sent_back", "approved", "paid", name="expensestate", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("handed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_expense_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "activity_id"],
            ["activity.tenant_id", "activity.id"],
            name=op.f("fk_expense_tenant_id_activity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "decided_by_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_expense_tenant_id_decided_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "opportunity_id"],
            ["opportunity.tenant_id", "opportunity.id"],
            name=op.f("fk_expense_tenant_id_opportunity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["member.tenant_id", "member.id"], name=op.f("fk_expense_tenant_id_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_expense_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_expense")),
    )
    op.create_index(
        "ix_expense_by_account",
        "expense",
        ["tenant_id", "account_id", "spent_on"],
        postgresql_where=sa.text("account_id is not null"),
    )
    op.create_index(
        "ix_expense_by_activity",
        "expense",
        ["tenant_id", "activity_id"],
        postgresql_where=sa.text("activity_id is not null"),
    )
    op.create_index(
        "ix_expense_by_amount",
        "expense",
        ["tenant_id", "amount", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_expense_by_day", "expense", ["tenant_id", "spent_on", "id"], postgresql_where=sa.text("archived_at is null")
    )
    op.create_index(
        "ix_expense_by_decider",
        "expense",
        ["tenant_id", "decided_by_id"],
        postgresql_where=sa.text("decided_by_id is not null"),
    )
    op.create_index(
        "ix_expense_by_number",
        "expense",
        ["tenant_id", "number", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_expense_by_opportunity",
        "expense",
        ["tenant_id", "opportunity_id"],
        postgresql_where=sa.text("opportunity_id is not null"),
    )
    op.create_index(
        "ix_expense_by_owner",
        "expense",
        ["tenant_id", "owner_id", "spent_on", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index("ix_expense_by_team", "expense", ["tenant_id", "team_id"])
    op.create_index(op.f("ix_expense_tenant_id_number"), "expense", ["tenant_id", "number"], unique=True)
    op.create_index(
        "ix_expense_waiting",
        "expense",
        ["tenant_id", "handed_at", "id"],
        postgresql_where=sa.text("state = 'handed_in'"),
    )
    isolate("expense_sheet")
    isolate("expense")
    with unfenced("role"):
        for right in RIGHTS:
            op.execute(right)
