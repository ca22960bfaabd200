"""Stages, deals, and the way each deal took."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "opportunities_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = ("customers_begin", "products_begin")


def upgrade() -> None:
    """Make and fence stages, deals and their stage changes."""
    op.create_table(
        "stage",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("probability", sa.BigInteger(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stage")),
    )
    op.create_index(
        op.f("ix_stage_tenant_id_key"),
        "stage",
        ["tenant_id", "key"],
        unique=True,
        postgresql_where=sa.text("key is not null"),
    )
    op.create_index(op.f("ix_stage_tenant_id_position"), "stage", ["tenant_id", "position"], unique=False)
    op.create_table(
        "opportunity",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("stage_id", sa.Uuid(), nullable=False),
        sa.Column(
            "result", sa.Enum("open", "won", "lost", name="result", native_enum=False, length=40), nullable=False
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("probability", sa.BigInteger(), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("stage_since", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("import_key", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_opportunity_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contact.tenant_id", "contact.id"],
            name=op.f("fk_opportunity_tenant_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["member.tenant_id", "member.id"], name=op.f("fk_opportunity_tenant_id_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["product.tenant_id", "product.id"],
            name=op.f("fk_opportunity_tenant_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "stage_id"], ["stage.tenant_id", "stage.id"], name=op.f("fk_opportunity_tenant_id_stage_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_opportunity_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_opportunity")),
    )
    op.create_index(
        "ix_opportunity_board",
        "opportunity",
        ["tenant_id", "stage_id", "stage_since", "id"],
        unique=False,
        postgresql_where=sa.text("result = 'open' and archived_at is null"),
    )
    op.create_index(
        "ix_opportunity_by_account", "opportunity", ["tenant_id", "account_id", "stage_since"], unique=False
    )
    op.create_index(
        "ix_opportunity_by_amount",
        "opportunity",
        ["tenant_id", sa.literal_column("coalesce(amount, '-1'::numeric)"), "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_opportunity_by_closed",
        "opportunity",
        ["tenant_id", sa.literal_column("coalesce(closed_on, '0001-01-01'::date)"), "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_opportunity_by_created",
        "opportunity",
        ["tenant_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_opportunity_by_expected",
        "opportunity",
        ["tenant_id", sa.literal_column("coalesce(expected_on, '9999-12-31'::date)"), "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_opportunity_by_name",
        "opportunity",
        ["tenant_id", "name_key", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_opportunity_by_number",
        "opportunity",
        ["tenant_id", "number", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_opportunity_by_owner",
        "opportunity",
        ["tenant_id", "owner_id", "name_key", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_opportunity_by_since",
        "opportunity",
        ["tenant_id", "stage_since", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_opportunity_own_board",
        "opportunity",
        ["tenant_id", "owner_id", "stage_id", "stage_since", "id"],
        unique=False,
        postgresql_where=sa.text("result = 'open' and archived_at is null"),
    )
    op.create_index(
        "ix_opportunity_own_sums",
        "opportunity",
        ["tenant_id", "owner_id", "stage_id", "currency"],
        unique=False,
        postgresql_where=sa.text("result = 'open' and archived_at is null"),
        postgresql_include=["amount"],
    )
    op.create_index(
        "ix_opportunity_sums",
        "opportunity",
        ["tenant_id", "stage_id", "currency"],
        unique=False,
        postgresql_where=sa.text("result = 'open' and archived_at is null"),
        postgresql_include=["amount"],
    )
    op.create_index(
        op.f("ix_opportunity_tenant_id_contact_id"), "opportunity", ["tenant_id", "contact_id"], unique=False
    )
    op.create_index(
        op.f("ix_opportunity_tenant_id_import_key"),
        "opportunity",
        ["tenant_id", "import_key"],
        unique=True,
        postgresql_where=sa.text("import_key is not null"),
    )
    op.create_index(op.f("ix_opportunity_tenant_id_number"), "opportunity", ["tenant_id", "number"], unique=True)
    op.create_index(
        op.f("ix_opportunity_tenant_id_product_id"), "opportunity", ["tenant_id", "product_id"], unique=False
    )
    op.create_index(op.f("ix_opportunity_tenant_id_stage_id"), "opportunity", ["tenant_id", "stage_id"], unique=False)
    op.create_index(op.f("ix_opportunity_tenant_id_team_id"), "opportunity", ["tenant_id", "team_id"], unique=False)
    op.create_index(
        "ix_opportunity_without_account",
        "opportunity",
        ["tenant_id", "name_key", "id"],
        unique=False,
        postgresql_where=sa.text("account_id is null and archived_at is null"),
    )
    op.create_table(
        "stage_change",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("stage_id", sa.Uuid(), nullable=False),
        sa.Column(
            "result", sa.Enum("open", "won", "lost", name="result", native_enum=False, length=40), nullable=False
        ),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "changed_by_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_stage_change_tenant_id_changed_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "opportunity_id"],
            ["opportunity.tenant_id", "opportunity.id"],
            name=op.f("fk_stage_change_tenant_id_opportunity_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "stage_id"], ["stage.tenant_id", "stage.id"], name=op.f("fk_stage_change_tenant_id_stage_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stage_change")),
    )
    op.create_index(
        op.f("ix_stage_change_tenant_id_changed_at"), "stage_change", ["tenant_id", "changed_at"], unique=False
    )
    op.create_index(
        op.f("ix_stage_change_tenant_id_changed_by_id"), "stage_change", ["tenant_id", "changed_by_id"], unique=False
    )
    op.create_index(
        op.f("ix_stage_change_tenant_id_opportunity_id_changed_at"),
        "stage_change",
        ["tenant_id", "opportunity_id", "changed_at"],
        unique=False,
    )
    op.create_index(op.f("ix_stage_change_tenant_id_stage_id"), "stage_change", ["tenant_id", "stage_id"], unique=False)
    isolate("stage", "opportunity", "stage_change")
