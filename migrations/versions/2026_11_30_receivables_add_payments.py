"""Credit notes, payments, and what they are for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, unfenced

revision = "receivables_add_payments"
down_revision = "receivables_begin"
branch_labels = None
depends_on = ("quotes_begin",)

RIGHTS = (
    """
    update role set rights = rights || jsonb_build_object('payment.edit', 'all')
    where key in ('owner', 'manager') and not rights ? 'payment.edit'
    """,
)


def upgrade() -> None:
    """Make and fence the tables; roles that workspaces began with get their rights."""
    op.create_table(
        "payment",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(18, 4), nullable=False),
        sa.Column("free", sa.Numeric(18, 4), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("taken_back_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_payment_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"], ["member.tenant_id", "member.id"], name=op.f("fk_payment_tenant_id_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "reverses_id"],
            ["payment.tenant_id", "payment.id"],
            name=op.f("fk_payment_tenant_id_reverses_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment")),
    )
    op.create_index("ix_payment_by_account", "payment", ["tenant_id", "account_id", "paid_on"])
    op.create_index("ix_payment_by_day", "payment", ["tenant_id", "paid_on", "id"])
    op.create_index("ix_payment_by_member", "payment", ["tenant_id", "member_id"])
    op.create_index("ix_payment_free", "payment", ["tenant_id", "account_id"], postgresql_where=sa.text("free <> 0"))
    op.create_index(
        "ux_payment_reverses",
        "payment",
        ["tenant_id", "reverses_id"],
        unique=True,
        postgresql_where=sa.text("reverses_id is not null"),
    )
    op.create_table(
        "credit_note",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("rule", sa.Enum("rate", "line", name="taxrule", native_enum=False, length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("print_id", sa.Uuid(), nullable=True),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("sent_to", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(18, 8), nullable=True),
        sa.Column("rate_on", sa.Date(), nullable=True),
        sa.Column("net", sa.Numeric(18, 4), nullable=False),
        sa.Column("tax", sa.Numeric(18, 4), nullable=False),
        sa.Column("gross", sa.Numeric(18, 4), nullable=False),
        sa.Column("opening", sa.Text(), nullable=True),
        sa.Column("closing", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_credit_note_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contact.tenant_id", "contact.id"],
            name=op.f("fk_credit_note_tenant_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_credit_note_tenant_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["member.tenant_id", "member.id"], name=op.f("fk_credit_note_tenant_id_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "print_id"],
            ["paper_print.tenant_id", "paper_print.id"],
            name=op.f("fk_credit_note_tenant_id_print_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_credit_note_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_note")),
    )
    op.create_index("ix_credit_note_by_account", "credit_note", ["tenant_id", "account_id", "created_at"])
    op.create_index(
        "ix_credit_note_by_contact",
        "credit_note",
        ["tenant_id", "contact_id"],
        postgresql_where=sa.text("contact_id is not null"),
    )
    op.create_index(
        "ix_credit_note_by_owner",
        "credit_note",
        ["tenant_id", "owner_id"],
        postgresql_where=sa.text("owner_id is not null"),
    )
    op.create_index("ix_credit_note_by_team", "credit_note", ["tenant_id", "team_id"])
    op.create_index(
        "ix_credit_note_print",
        "credit_note",
        ["tenant_id", "print_id"],
        postgresql_where=sa.text("print_id is not null"),
    )
    op.create_index(
        op.f("ix_credit_note_tenant_id_invoice_id_turn"),
        "credit_note",
        ["tenant_id", "invoice_id", "turn"],
        unique=True,
    )
    op.create_index(op.f("ix_credit_note_tenant_id_number"), "credit_note", ["tenant_id", "number"], unique=True)
    op.create_table(
        "payment_share",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(18, 4), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_payment_share_tenant_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payment_id"],
            ["payment.tenant_id", "payment.id"],
            name=op.f("fk_payment_share_tenant_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment_share")),
    )
    op.create_index("ix_payment_share_of", "payment_share", ["tenant_id", "payment_id"])
    op.create_index(
        op.f("ix_payment_share_tenant_id_invoice_id_created_at"),
        "payment_share",
        ["tenant_id", "invoice_id", "created_at"],
    )
    op.create_table(
        "credit_line",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("credit_note_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_line_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind", sa.Enum("item", "option", "heading", name="linekind", native_enum=False, length=40), nullable=False
        ),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(14, 3), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("price", sa.Numeric(16, 4), nullable=False),
        sa.Column("discount", sa.Numeric(6, 3), nullable=False),
        sa.Column("tax_name", sa.Text(), nullable=False),
        sa.Column("tax_percent", sa.Numeric(6, 3), nullable=False),
        sa.Column("cost", sa.Numeric(16, 4), nullable=True),
        sa.Column("net", sa.Numeric(18, 4), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "credit_note_id"],
            ["credit_note.tenant_id", "credit_note.id"],
            name=op.f("fk_credit_line_tenant_id_credit_note_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_line_id"],
            ["invoice_line.tenant_id", "invoice_line.id"],
            name=op.f("fk_credit_line_tenant_id_invoice_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["product.tenant_id", "product.id"],
            name=op.f("fk_credit_line_tenant_id_product_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_line")),
    )
    op.create_index("ix_credit_line_of", "credit_line", ["tenant_id", "invoice_line_id"])
    op.create_index(
        "ix_credit_line_product",
        "credit_line",
        ["tenant_id", "product_id"],
        postgresql_where=sa.text("product_id is not null"),
    )
    op.create_index(
        op.f("ix_credit_line_tenant_id_credit_note_id_position"),
        "credit_line",
        ["tenant_id", "credit_note_id", "position"],
    )
    isolate("payment")
    isolate("credit_note")
    isolate("payment_share")
    isolate("credit_line")
    with unfenced("role"):
        for right in RIGHTS:
            op.execute(right)
