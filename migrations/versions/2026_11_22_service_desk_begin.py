"""Cases and what is written in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "service_desk_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = ("customers_begin", "opportunities_begin")


def upgrade() -> None:
    """Make and fence cases and their messages."""
    op.create_table(
        "service_case",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("complaint", "service_request", "question", name="casekind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("new", "open", "waiting", "solved", "closed", name="casestate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "priority",
            sa.Enum("urgent", "high", "normal", "low", name="priority", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "channel", sa.Enum("portal", "phone", "mail", name="channel", native_enum=False, length=40), nullable=False
        ),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("portal_user_id", sa.Uuid(), nullable=True),
        sa.Column("opportunity_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("first_answer_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("solved_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("rating", sa.BigInteger(), nullable=True),
        sa.Column("rating_comment", sa.Text(), nullable=True),
        sa.Column("rated_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("import_key", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_service_case_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contact.tenant_id", "contact.id"],
            name=op.f("fk_service_case_tenant_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "opportunity_id"],
            ["opportunity.tenant_id", "opportunity.id"],
            name=op.f("fk_service_case_tenant_id_opportunity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_service_case_tenant_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "portal_user_id"],
            ["portal_user.tenant_id", "portal_user.id"],
            name=op.f("fk_service_case_tenant_id_portal_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_service_case_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_service_case")),
    )
    op.create_index("ix_service_case_by_account", "service_case", ["tenant_id", "account_id", "id"], unique=False)
    op.create_index("ix_service_case_by_contact", "service_case", ["tenant_id", "contact_id", "id"], unique=False)
    op.create_index("ix_service_case_by_moved", "service_case", ["tenant_id", "moved_at", "id"], unique=False)
    op.create_index(
        "ix_service_case_by_opportunity",
        "service_case",
        ["tenant_id", "opportunity_id"],
        unique=False,
        postgresql_where=sa.text("opportunity_id is not null"),
    )
    op.create_index(
        "ix_service_case_by_owner",
        "service_case",
        ["tenant_id", "owner_id", "turn", "id"],
        unique=False,
        postgresql_where=sa.text("state in ('new', 'open')"),
    )
    op.create_index(
        "ix_service_case_by_portal_user",
        "service_case",
        ["tenant_id", "portal_user_id"],
        unique=False,
        postgresql_where=sa.text("portal_user_id is not null"),
    )
    op.create_index("ix_service_case_by_state", "service_case", ["tenant_id", "state", "moved_at", "id"], unique=False)
    op.create_index(
        "ix_service_case_by_team",
        "service_case",
        ["tenant_id", "team_id"],
        unique=False,
        postgresql_where=sa.text("team_id is not null"),
    )
    op.create_index(
        op.f("ix_service_case_tenant_id_import_key"),
        "service_case",
        ["tenant_id", "import_key"],
        unique=True,
        postgresql_where=sa.text("import_key is not null"),
    )
    op.create_index(op.f("ix_service_case_tenant_id_number"), "service_case", ["tenant_id", "number"], unique=True)
    op.create_index(
        "ix_service_case_to_do",
        "service_case",
        ["tenant_id", "turn", "id"],
        unique=False,
        postgresql_where=sa.text("state in ('new', 'open')"),
    )
    op.create_table(
        "case_message",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("portal_user_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["service_case.tenant_id", "service_case.id"],
            name=op.f("fk_case_message_tenant_id_case_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_case_message_tenant_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "portal_user_id"],
            ["portal_user.tenant_id", "portal_user.id"],
            name=op.f("fk_case_message_tenant_id_portal_user_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_case_message")),
    )
    op.create_index("ix_case_message_by_case", "case_message", ["tenant_id", "case_id", "id"], unique=False)
    op.create_index(
        op.f("ix_case_message_tenant_id_member_id"), "case_message", ["tenant_id", "member_id"], unique=False
    )
    op.create_index(
        op.f("ix_case_message_tenant_id_portal_user_id"), "case_message", ["tenant_id", "portal_user_id"], unique=False
    )
    isolate("service_case", "case_message")
