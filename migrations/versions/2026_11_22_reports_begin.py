"""Reports of a month and printed cases, and who wants the monthly one; indexes for figures about cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "reports_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = ("service_desk_begin",)


def upgrade() -> None:
    """Make the tables of reports."""
    op.create_table(
        "report_choice",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("mails", sa.Boolean(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_report_choice_tenant_id_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_report_choice")),
    )
    op.create_index(
        op.f("ix_report_choice_tenant_id_member_id"), "report_choice", ["tenant_id", "member_id"], unique=True
    )
    op.create_table(
        "report",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("month", "case", name="reportkind", native_enum=False, length=40), nullable=False),
        sa.Column("month", sa.Date(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("with_notes", sa.Boolean(), nullable=False),
        sa.Column("by_clock", sa.Boolean(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("reach", sa.Enum("own", "team", "all", name="reach", native_enum=False, length=40), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "ready", "failed", name="reportstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("job_key", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("ready_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["service_case.tenant_id", "service_case.id"],
            name=op.f("fk_report_tenant_id_case_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"], ["file.tenant_id", "file.id"], name=op.f("fk_report_tenant_id_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name=op.f("fk_report_tenant_id_member_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_report")),
    )
    op.create_index(
        "ix_report_by_case",
        "report",
        ["tenant_id", "case_id"],
        unique=False,
        postgresql_where=sa.text("case_id is not null"),
    )
    op.create_index("ix_report_by_kind", "report", ["tenant_id", "kind", "id"], unique=False)
    op.create_index(op.f("ix_report_tenant_id_file_id"), "report", ["tenant_id", "file_id"], unique=False)
    op.create_index(op.f("ix_report_tenant_id_member_id"), "report", ["tenant_id", "member_id"], unique=False)
    op.create_index(
        op.f("ix_report_tenant_id_month"),
        "report",
        ["tenant_id", "month"],
        unique=True,
        postgresql_where=sa.text("by_clock"),
    )
    op.create_index(
        "ix_service_case_unsettled",
        "service_case",
        ["tenant_id", "owner_id", "kind", "state"],
        unique=False,
        postgresql_where=sa.text("state in ('new', 'open', 'waiting')"),
        postgresql_include=["team_id"],
    )
    op.create_index(
        "ix_service_case_by_created",
        "service_case",
        ["tenant_id", "kind", "created_at"],
        unique=False,
        postgresql_include=["first_answer_at", "solved_at", "owner_id", "team_id"],
    )
    isolate("report", "report_choice")
