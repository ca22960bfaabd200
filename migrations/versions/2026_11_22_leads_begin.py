"""Leads, and the keys by which the same one is known again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "leads_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = ("customers_begin",)


def upgrade() -> None:
    """Make and fence leads."""
    op.create_table(
        "lead",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("new", "working", "qualified", "lost", name="leadstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("state_since", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("lost_reason", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("given_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("protected_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("company_key", sa.Text(), nullable=True),
        sa.Column("phone_key", sa.Text(), nullable=True),
        sa.Column("mail_key", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["member.tenant_id", "member.id"], name=op.f("fk_lead_tenant_id_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "partner_id"], ["account.tenant_id", "account.id"], name=op.f("fk_lead_tenant_id_partner_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_lead_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_lead")),
    )
    op.create_index(
        "ix_lead_by_company",
        "lead",
        ["tenant_id", "company_key"],
        unique=False,
        postgresql_where=sa.text("company_key is not null"),
    )
    op.create_index("ix_lead_by_created", "lead", ["tenant_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_lead_by_mail",
        "lead",
        ["tenant_id", "mail_key"],
        unique=False,
        postgresql_where=sa.text("mail_key is not null"),
    )
    op.create_index("ix_lead_by_name", "lead", ["tenant_id", "name_key", "id"], unique=False)
    op.create_index("ix_lead_by_number", "lead", ["tenant_id", "number", "id"], unique=False)
    op.create_index("ix_lead_by_owner", "lead", ["tenant_id", "owner_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_lead_by_partner",
        "lead",
        ["tenant_id", "partner_id", "id"],
        unique=False,
        postgresql_where=sa.text("partner_id is not null"),
    )
    op.create_index(
        "ix_lead_by_phone",
        "lead",
        ["tenant_id", "phone_key"],
        unique=False,
        postgresql_where=sa.text("phone_key is not null"),
    )
    op.create_index("ix_lead_by_state", "lead", ["tenant_id", "state", "created_at", "id"], unique=False)
    op.create_index(op.f("ix_lead_tenant_id_number"), "lead", ["tenant_id", "number"], unique=True)
    op.create_index(op.f("ix_lead_tenant_id_team_id"), "lead", ["tenant_id", "team_id"], unique=False)
    isolate("lead")
