"""Invoices, their lines, and customers' own days to pay."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, unfenced

revision = "receivables_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = ("quotes_begin",)

RIGHTS = (
    """
    update role
    set rights = rights || jsonb_build_object('invoice.view', case key when 'agent' then 'own' else 'all' end)
    where key in ('owner', 'manager', 'agent', 'readonly') and not rights ? 'invoice.view'
    """,
    """
    update role
    set rights = rights || jsonb_build_object('invoice.edit', case key when 'agent' then 'own' else 'all' end)
    where key in ('owner', 'manager', 'agent') and not rights ? 'invoice.edit'
    """,
    """
    update role set rights = rights || jsonb_build_object('invoice.issue', 'all')
    where key in ('owner', 'manager') and not rights ? 'invoice.issue'
    """,
)


def upgrade() -> None:
    """Make and fence the tables; roles that workspaces began with get their rights."""
    op.create_table(
        "payment_terms",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_payment_terms_tenant_id_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment_terms")),
    )
    op.create_index(
        op.f("ix_payment_terms_tenant_id_account_id"), "payment_terms", ["tenant_id", "account_id"], unique=True
    )
    op.create_table(
        "invoice",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quote_id", sa.Uuid(), nullable=True),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("rule", sa.Enum("rate", "line", name="taxrule", native_enum=False, length=40), nullable=True),
        sa.Column("credited", sa.Numeric(18, 4), nullable=False),
        sa.Column("paid", sa.Numeric(18, 4), nullable=False),
        sa.Column("owed", sa.Numeric(18, 4), nullable=False),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("sent_to", sa.Text(), nullable=True),
        sa.Column("print_id", sa.Uuid(), nullable=True),
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
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_invoice_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contact.tenant_id", "contact.id"],
            name=op.f("fk_invoice_tenant_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["member.tenant_id", "member.id"], name=op.f("fk_invoice_tenant_id_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "print_id"],
            ["paper_print.tenant_id", "paper_print.id"],
            name=op.f("fk_invoice_tenant_id_print_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "quote_id"], ["quote.tenant_id", "quote.id"], name=op.f("fk_invoice_tenant_id_quote_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_invoice_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invoice")),
    )
    op.create_index("ix_invoice_by_account", "invoice", ["tenant_id", "account_id", "created_at"])
    op.create_index(
        "ix_invoice_by_contact",
        "invoice",
        ["tenant_id", "contact_id"],
        postgresql_where=sa.text("contact_id is not null"),
    )
    op.create_index(
        "ix_invoice_by_created",
        "invoice",
        ["tenant_id", "created_at", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_invoice_by_due", "invoice", ["tenant_id", "due_on", "id"], postgresql_where=sa.text("archived_at is null")
    )
    op.create_index(
        "ix_invoice_by_gross", "invoice", ["tenant_id", "gross", "id"], postgresql_where=sa.text("archived_at is null")
    )
    op.create_index(
        "ix_invoice_by_number",
        "invoice",
        ["tenant_id", "number", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_invoice_by_owed", "invoice", ["tenant_id", "owed", "id"], postgresql_where=sa.text("archived_at is null")
    )
    op.create_index(
        "ix_invoice_by_owner",
        "invoice",
        ["tenant_id", "owner_id", "created_at", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_invoice_by_quote", "invoice", ["tenant_id", "quote_id"], postgresql_where=sa.text("quote_id is not null")
    )
    op.create_index("ix_invoice_by_team", "invoice", ["tenant_id", "team_id"])
    op.create_index(
        "ix_invoice_owed",
        "invoice",
        ["tenant_id", "account_id", "due_on"],
        postgresql_where=sa.text("issued_on is not null and owed <> 0"),
    )
    op.create_index(
        "ix_invoice_print", "invoice", ["tenant_id", "print_id"], postgresql_where=sa.text("print_id is not null")
    )
    op.create_index(
        "ux_invoice_number", "invoice", ["tenant_id", "number"], unique=True, postgresql_where=sa.text("number <> ''")
    )
    op.create_index(
        "ux_invoice_quote",
        "invoice",
        ["tenant_id", "quote_id"],
        unique=True,
        postgresql_where=sa.text("quote_id is not null and archived_at is null"),
    )
    op.create_table(
        "invoice_line",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
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
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_invoice_line_tenant_id_invoice_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["product.tenant_id", "product.id"],
            name=op.f("fk_invoice_line_tenant_id_product_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invoice_line")),
    )
    op.create_index(
        "ix_invoice_line_product",
        "invoice_line",
        ["tenant_id", "product_id"],
        postgresql_where=sa.text("product_id is not null"),
    )
    op.create_index(
        op.f("ix_invoice_line_tenant_id_invoice_id_position"), "invoice_line", ["tenant_id", "invoice_id", "position"]
    )
    isolate("payment_terms")
    isolate("invoice")
    isolate("invoice_line")
    with unfenced("role"):
        for right in RIGHTS:
            op.execute(right)
