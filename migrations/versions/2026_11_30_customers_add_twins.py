"""By what customers and contacts are known again, which of them look alike, and where a merged one went."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "customers_add_twins"
down_revision = "customers_begin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make and fence both tables; a worker fills them from what is here already."""
    for table in ("account", "contact"):
        op.add_column(table, sa.Column("merged_into_id", sa.Uuid(), nullable=True))
        op.add_column(table, sa.Column("holds_merged", sa.Boolean(), nullable=False, server_default=sa.false()))
        op.create_foreign_key(
            op.f(f"fk_{table}_tenant_id_merged_into_id"),
            table,
            table,
            ["tenant_id", "merged_into_id"],
            ["tenant_id", "id"],
        )
        op.create_index(op.f(f"ix_{table}_tenant_id_merged_into_id"), table, ["tenant_id", "merged_into_id"])
    op.create_table(
        "twin_key",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_twin_key_tenant_id_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contact.tenant_id", "contact.id"],
            name=op.f("fk_twin_key_tenant_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_twin_key")),
    )
    op.create_index("ix_twin_key_account", "twin_key", ["tenant_id", "account_id"])
    op.create_index("ix_twin_key_by_value", "twin_key", ["tenant_id", "part", "value"])
    op.create_index(
        "ix_twin_key_of_account",
        "twin_key",
        ["tenant_id", "account_id", "part", "value"],
        unique=True,
        postgresql_where=sa.text("contact_id is null"),
    )
    op.create_index(
        "ix_twin_key_of_contact",
        "twin_key",
        ["tenant_id", "contact_id", "part", "value"],
        unique=True,
        postgresql_where=sa.text("contact_id is not null"),
    )
    op.create_table(
        "twin_pair",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("one_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("parts", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("dismissed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("dismissed_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "dismissed_by_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_twin_pair_tenant_id_dismissed_by_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_twin_pair")),
    )
    op.create_index(
        op.f("ix_twin_pair_tenant_id_kind_one_id_other_id"),
        "twin_pair",
        ["tenant_id", "kind", "one_id", "other_id"],
        unique=True,
    )
    op.create_index(
        "ix_twin_pair_open",
        "twin_pair",
        ["tenant_id", "kind", "id"],
        postgresql_where=sa.text("dismissed_at is null"),
    )
    op.create_index(op.f("ix_twin_pair_tenant_id_other_id"), "twin_pair", ["tenant_id", "other_id"])
    op.create_index(op.f("ix_twin_pair_tenant_id_one_id"), "twin_pair", ["tenant_id", "one_id"])
    isolate("twin_key", "twin_pair")
