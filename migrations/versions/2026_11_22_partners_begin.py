"""Partners, the leads they register, and receipts of what they asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "partners_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = ("customers_begin", "leads_begin")


def upgrade() -> None:
    """Make and fence partners, registrations and receipts."""
    op.create_table(
        "partner",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("since", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_partner_tenant_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_partner")),
    )
    op.create_index("ix_partner_by_since", "partner", ["tenant_id", "since", "id"], unique=False)
    op.create_index(op.f("ix_partner_tenant_id_account_id"), "partner", ["tenant_id", "account_id"], unique=True)
    op.create_table(
        "lead_check",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("portal_user_id", sa.Uuid(), nullable=False),
        sa.Column("company_hash", postgresql.BYTEA(), nullable=True),
        sa.Column("phone_hash", postgresql.BYTEA(), nullable=True),
        sa.Column("mail_hash", postgresql.BYTEA(), nullable=True),
        sa.Column(
            "answer", sa.Enum("free", "taken", "yours", name="answer", native_enum=False, length=40), nullable=False
        ),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "partner_id"],
            ["partner.tenant_id", "partner.id"],
            name=op.f("fk_lead_check_tenant_id_partner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "portal_user_id"],
            ["portal_user.tenant_id", "portal_user.id"],
            name=op.f("fk_lead_check_tenant_id_portal_user_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_lead_check")),
    )
    op.create_index(
        "ix_lead_check_by_company",
        "lead_check",
        ["tenant_id", "company_hash"],
        unique=False,
        postgresql_where=sa.text("company_hash is not null"),
    )
    op.create_index(
        "ix_lead_check_by_mail",
        "lead_check",
        ["tenant_id", "mail_hash"],
        unique=False,
        postgresql_where=sa.text("mail_hash is not null"),
    )
    op.create_index("ix_lead_check_by_partner", "lead_check", ["tenant_id", "partner_id", "id"], unique=False)
    op.create_index(
        "ix_lead_check_by_phone",
        "lead_check",
        ["tenant_id", "phone_hash"],
        unique=False,
        postgresql_where=sa.text("phone_hash is not null"),
    )
    op.create_index(op.f("ix_lead_check_tenant_id_code"), "lead_check", ["tenant_id", "code"], unique=True)
    op.create_index(
        op.f("ix_lead_check_tenant_id_portal_user_id"), "lead_check", ["tenant_id", "portal_user_id"], unique=False
    )
    op.create_table(
        "registration",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("portal_user_id", sa.Uuid(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("pending", "accepted", "declined", name="registrationstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "decided_by_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_registration_tenant_id_decided_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lead_id"],
            ["lead.tenant_id", "lead.id"],
            name=op.f("fk_registration_tenant_id_lead_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "partner_id"],
            ["partner.tenant_id", "partner.id"],
            name=op.f("fk_registration_tenant_id_partner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "portal_user_id"],
            ["portal_user.tenant_id", "portal_user.id"],
            name=op.f("fk_registration_tenant_id_portal_user_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_registration")),
    )
    op.create_index("ix_registration_by_partner", "registration", ["tenant_id", "partner_id", "id"], unique=False)
    op.create_index(
        op.f("ix_registration_tenant_id_decided_by_id"), "registration", ["tenant_id", "decided_by_id"], unique=False
    )
    op.create_index(op.f("ix_registration_tenant_id_lead_id"), "registration", ["tenant_id", "lead_id"], unique=True)
    op.create_index(
        op.f("ix_registration_tenant_id_portal_user_id"), "registration", ["tenant_id", "portal_user_id"], unique=False
    )
    op.create_index(
        "ix_registration_waiting",
        "registration",
        ["tenant_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    isolate("partner", "registration", "lead_check")
