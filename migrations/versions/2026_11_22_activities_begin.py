"""Activities: planned, then history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "activities_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = ("customers_begin",)


def upgrade() -> None:
    """Make and fence activities."""
    op.create_table(
        "activity",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("call", "visit", "demo", "mail", "task", "note", name="activitykind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("about_kind", sa.Text(), nullable=True),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("late_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "reminder",
            sa.Enum(
                "at_start",
                "minutes_10",
                "minutes_30",
                "hour",
                "day",
                "morning",
                "eve",
                name="reminder",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("reminder_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reminded_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("done_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("cancelled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("import_key", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_activity_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contact.tenant_id", "contact.id"],
            name=op.f("fk_activity_tenant_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["member.tenant_id", "member.id"], name=op.f("fk_activity_tenant_id_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_activity_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_activity")),
    )
    op.create_index(
        "ix_activity_open",
        "activity",
        ["tenant_id", "owner_id", "starts_at", "id"],
        unique=False,
        postgresql_where=sa.text("done_at is null and cancelled_at is null"),
    )
    op.create_index(
        op.f("ix_activity_tenant_id_about_id_starts_at_id"),
        "activity",
        ["tenant_id", "about_id", "starts_at", "id"],
        unique=False,
        postgresql_where=sa.text("about_id is not null"),
    )
    op.create_index(
        op.f("ix_activity_tenant_id_account_id_starts_at_id"),
        "activity",
        ["tenant_id", "account_id", "starts_at", "id"],
        unique=False,
        postgresql_where=sa.text("account_id is not null"),
    )
    op.create_index(
        op.f("ix_activity_tenant_id_contact_id_starts_at_id"),
        "activity",
        ["tenant_id", "contact_id", "starts_at", "id"],
        unique=False,
        postgresql_where=sa.text("contact_id is not null"),
    )
    op.create_index(
        op.f("ix_activity_tenant_id_import_key"),
        "activity",
        ["tenant_id", "import_key"],
        unique=True,
        postgresql_where=sa.text("import_key is not null"),
    )
    op.create_index(
        op.f("ix_activity_tenant_id_owner_id_starts_at_id"),
        "activity",
        ["tenant_id", "owner_id", "starts_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_activity_tenant_id_starts_at_id"), "activity", ["tenant_id", "starts_at", "id"], unique=False
    )
    op.create_index(op.f("ix_activity_tenant_id_team_id"), "activity", ["tenant_id", "team_id"], unique=False)
    isolate("activity")
