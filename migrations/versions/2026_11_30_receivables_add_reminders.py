"""Reminders of what customers are late with, and what they dispute."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "receivables_add_reminders"
down_revision = "receivables_add_statements"
branch_labels = None
depends_on = ("tenants_begin",)

TO_REMIND = "issued_on is not null and owed > 0 and disputed_at is null and archived_at is null"


def upgrade() -> None:
    """Make and fence the tables."""
    op.add_column("invoice", sa.Column("reminded", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("invoice", "reminded", server_default=None)
    op.add_column("invoice", sa.Column("reminded_until", sa.Date(), nullable=True))
    op.add_column("invoice", sa.Column("disputed_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("invoice", sa.Column("disputed_why", sa.Text(), nullable=True))
    op.create_index(
        "ix_invoice_to_remind",
        "invoice",
        ["tenant_id", "due_on", "account_id"],
        postgresql_where=sa.text(TO_REMIND),
    )
    op.create_table(
        "payment_reminder",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("pay_by", sa.Date(), nullable=False),
        sa.Column("owed", sa.Numeric(18, 4), nullable=False),
        sa.Column("print_id", sa.Uuid(), nullable=True),
        sa.Column("sent_to", sa.Text(), nullable=True),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        *[
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"{table}.tenant_id", f"{table}.id"],
                name=op.f(f"fk_payment_reminder_tenant_id_{column}"),
            )
            for column, table in (
                ("account_id", "account"),
                ("contact_id", "contact"),
                ("owner_id", "member"),
                ("team_id", "team"),
                ("print_id", "paper_print"),
            )
        ],
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment_reminder")),
    )
    op.create_index("ix_payment_reminder_by_account", "payment_reminder", ["tenant_id", "account_id", "created_at"])
    for name, column in (("by_owner", "owner_id"), ("by_contact", "contact_id"), ("print", "print_id")):
        op.create_index(
            f"ix_payment_reminder_{name}",
            "payment_reminder",
            ["tenant_id", column],
            postgresql_where=sa.text(f"{column} is not null"),
        )
    op.create_index("ix_payment_reminder_by_team", "payment_reminder", ["tenant_id", "team_id"])
    op.create_table(
        "payment_reminder_line",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reminder_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("owed", sa.Numeric(18, 4), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "reminder_id"],
            ["payment_reminder.tenant_id", "payment_reminder.id"],
            name=op.f("fk_payment_reminder_line_tenant_id_reminder_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_payment_reminder_line_tenant_id_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment_reminder_line")),
    )
    op.create_index(
        op.f("ix_payment_reminder_line_tenant_id_reminder_id_position"),
        "payment_reminder_line",
        ["tenant_id", "reminder_id", "position"],
    )
    op.create_index("ix_payment_reminder_line_of", "payment_reminder_line", ["tenant_id", "invoice_id", "created_at"])
    isolate("payment_reminder")
    isolate("payment_reminder_line")
