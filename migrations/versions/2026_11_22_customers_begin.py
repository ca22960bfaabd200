"""Accounts and contacts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "customers_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make and fence accounts and contacts."""
    op.create_table(
        "account",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column(
            "kind", sa.Enum("company", "person", name="accountkind", native_enum=False, length=40), nullable=False
        ),
        sa.Column(
            "standing",
            sa.Enum("pool", "tracked", "customer", name="standing", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("employees", sa.BigInteger(), nullable=True),
        sa.Column("revenue", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("founded", sa.BigInteger(), nullable=True),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("owned_since", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("previous_owner_id", sa.Uuid(), nullable=True),
        sa.Column("last_contact_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reclaim_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "reclaim_reason",
            sa.Enum("no_contact", "released", name="reclaimreason", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("pooled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("import_key", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["member.tenant_id", "member.id"], name=op.f("fk_account_tenant_id_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"], ["account.tenant_id", "account.id"], name=op.f("fk_account_tenant_id_parent_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "previous_owner_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_account_tenant_id_previous_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_account_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_account")),
    )
    op.create_index(
        "ix_account_by_contact",
        "account",
        [
            "tenant_id",
            sa.literal_column("coalesce(last_contact_at, '1970-01-01 00:00:00+00'::timestamp with time zone)"),
            "id",
        ],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_account_by_created",
        "account",
        ["tenant_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_account_by_name",
        "account",
        ["tenant_id", "name_key", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_account_by_number",
        "account",
        ["tenant_id", "number", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_account_by_owner",
        "account",
        ["tenant_id", "owner_id", "name_key", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_account_by_standing",
        "account",
        ["tenant_id", "standing", "name_key", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_account_pool",
        "account",
        ["tenant_id", "pooled_at", "id"],
        unique=False,
        postgresql_where=sa.text("standing = 'pool' and archived_at is null"),
    )
    op.create_index(
        "ix_account_reclaim",
        "account",
        ["tenant_id", "reclaim_at"],
        unique=False,
        postgresql_where=sa.text("reclaim_at is not null and archived_at is null"),
    )
    op.create_index(op.f("ix_account_tenant_id_number"), "account", ["tenant_id", "number"], unique=True)
    op.create_index(op.f("ix_account_tenant_id_parent_id"), "account", ["tenant_id", "parent_id"], unique=False)
    op.create_index(op.f("ix_account_tenant_id_team_id"), "account", ["tenant_id", "team_id"], unique=False)
    op.create_table(
        "contact",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("mobile", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("import_key", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_contact_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["member.tenant_id", "member.id"], name=op.f("fk_contact_tenant_id_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_contact_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_contact")),
    )
    op.create_index("ix_contact_by_account", "contact", ["tenant_id", "account_id", "name_key"], unique=False)
    op.create_index(
        "ix_contact_by_created",
        "contact",
        ["tenant_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_contact_by_email",
        "contact",
        ["tenant_id", "email"],
        unique=False,
        postgresql_where=sa.text("email is not null"),
    )
    op.create_index(
        "ix_contact_by_name",
        "contact",
        ["tenant_id", "name_key", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_contact_by_owner",
        "contact",
        ["tenant_id", "owner_id", "name_key", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(op.f("ix_contact_tenant_id_team_id"), "contact", ["tenant_id", "team_id"], unique=False)
    for table in ("account", "contact"):
        op.create_index(
            op.f(f"ix_{table}_tenant_id_import_key"),
            table,
            ["tenant_id", "import_key"],
            unique=True,
            postgresql_where=sa.text("import_key is not null"),
        )
    isolate("account", "contact")
