"""Rates of exchange, and the PDFs of papers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "papers_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = ("products_begin",)


def upgrade() -> None:
    """Make and fence the tables."""
    op.create_table(
        "exchange_rate",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("rate", sa.Numeric(18, 8), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_exchange_rate_tenant_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_exchange_rate")),
    )
    op.create_index(
        op.f("ix_exchange_rate_tenant_id_currency_valid_from"),
        "exchange_rate",
        ["tenant_id", "currency", "valid_from"],
        unique=True,
    )
    op.create_index(op.f("ix_exchange_rate_tenant_id_member_id"), "exchange_rate", ["tenant_id", "member_id"])
    op.create_table(
        "paper_print",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("paper_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.BigInteger(), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "ready", "failed", name="printstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("ready_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"], ["file.tenant_id", "file.id"], name=op.f("fk_paper_print_tenant_id_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_paper_print_tenant_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_paper_print")),
    )
    op.create_index(op.f("ix_paper_print_tenant_id_file_id"), "paper_print", ["tenant_id", "file_id"])
    op.create_index(
        op.f("ix_paper_print_tenant_id_kind_paper_id_edition"),
        "paper_print",
        ["tenant_id", "kind", "paper_id", "edition"],
        unique=True,
    )
    op.create_index(op.f("ix_paper_print_tenant_id_member_id"), "paper_print", ["tenant_id", "member_id"])
    op.create_index(
        op.f("ix_paper_print_tenant_id_ready_at"),
        "paper_print",
        ["tenant_id", "ready_at"],
        postgresql_where=sa.text("not is_kept"),
    )
    isolate("exchange_rate")
    isolate("paper_print")
