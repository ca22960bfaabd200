"""Account statements and their lines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "receivables_add_bank"
down_revision = "receivables_add_payments"
branch_labels = None
depends_on = ("tenants_begin",)


def upgrade() -> None:
    """Make and fence the tables."""
    op.create_table(
        "bank_file",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("table", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("read_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("known", sa.BigInteger(), nullable=False),
        sa.Column("out", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name=op.f("fk_bank_file_tenant_id_member_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bank_file")),
    )
    op.create_index("ix_bank_file_by_member", "bank_file", ["tenant_id", "member_id"])
    op.create_index(op.f("ix_bank_file_tenant_id_created_at_id"), "bank_file", ["tenant_id", "created_at", "id"])
    op.create_index(op.f("ix_bank_file_tenant_id_sha256"), "bank_file", ["tenant_id", "sha256"], unique=True)
    op.create_table(
        "bank_line",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(18, 4), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column(
            "state", sa.Enum("open", "booked", "left", name="linestate", native_enum=False, length=40), nullable=False
        ),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["bank_file.tenant_id", "bank_file.id"],
            name=op.f("fk_bank_line_tenant_id_file_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payment_id"],
            ["payment.tenant_id", "payment.id"],
            name=op.f("fk_bank_line_tenant_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_bank_line")),
    )
    op.create_index("ix_bank_line_iban", "bank_line", ["tenant_id", "iban"], postgresql_where=sa.text("iban <> ''"))
    op.create_index(
        "ix_bank_line_payment",
        "bank_line",
        ["tenant_id", "payment_id"],
        postgresql_where=sa.text("payment_id is not null"),
    )
    op.create_index(op.f("ix_bank_line_tenant_id_file_id_number"), "bank_line", ["tenant_id", "file_id", "number"])
    op.create_index(op.f("ix_bank_line_tenant_id_fingerprint"), "bank_line", ["tenant_id", "fingerprint"], unique=True)
    isolate("bank_file")
    isolate("bank_line")
