"""Quotes and their lines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, unfenced

revision = "quotes_begin"
down_revision = "papers_begin"
branch_labels = None
depends_on = ("opportunities_begin", "products_begin")

RIGHTS = (
    """
    update role
    set rights = rights || jsonb_build_object('quote.view', case key when 'agent' then 'own' else 'all' end)
    where key in ('owner', 'manager', 'agent', 'readonly') and not rights ? 'quote.view'
    """,
    """
    update role
    set rights = rights || jsonb_build_object('quote.edit', case key when 'agent' then 'own' else 'all' end)
    where key in ('owner', 'manager', 'agent') and not rights ? 'quote.edit'
    """,
)


def upgrade() -> None:
    """Make and fence the tables; roles that workspaces began with get their rights."""
    op.create_table(
        "quote",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=True),
        sa.Column("edition", sa.BigInteger(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "sent",
                "accepted",
                "declined",
                "expired",
                "replaced",
                "withdrawn",
                name="quotestate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column(
            "approval",
            sa.Enum("asked", "given", "refused", name="approval", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("approver_id", sa.Uuid(), nullable=True),
        sa.Column("approved_off", sa.Numeric(6, 3), nullable=True),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("sent_to", sa.Text(), nullable=True),
        sa.Column("link_hash", postgresql.BYTEA(), nullable=True),
        sa.Column("print_id", sa.Uuid(), nullable=True),
        sa.Column("seen_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("answered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
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
            ["tenant_id", "account_id"], ["account.tenant_id", "account.id"], name=op.f("fk_quote_tenant_id_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "approver_id"], ["member.tenant_id", "member.id"], name=op.f("fk_quote_tenant_id_approver_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"], ["contact.tenant_id", "contact.id"], name=op.f("fk_quote_tenant_id_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "opportunity_id"],
            ["opportunity.tenant_id", "opportunity.id"],
            name=op.f("fk_quote_tenant_id_opportunity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["member.tenant_id", "member.id"], name=op.f("fk_quote_tenant_id_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "print_id"],
            ["paper_print.tenant_id", "paper_print.id"],
            name=op.f("fk_quote_tenant_id_print_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "replaces_id"], ["quote.tenant_id", "quote.id"], name=op.f("fk_quote_tenant_id_replaces_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_quote_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_quote")),
    )
    op.create_index("ix_quote_by_account", "quote", ["tenant_id", "account_id", "created_at"])
    op.create_index(
        "ix_quote_by_approver",
        "quote",
        ["tenant_id", "approver_id"],
        postgresql_where=sa.text("approver_id is not null"),
    )
    op.create_index(
        "ix_quote_by_contact", "quote", ["tenant_id", "contact_id"], postgresql_where=sa.text("contact_id is not null")
    )
    op.create_index(
        "ix_quote_by_created",
        "quote",
        ["tenant_id", "created_at", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_quote_by_gross", "quote", ["tenant_id", "gross", "id"], postgresql_where=sa.text("archived_at is null")
    )
    op.create_index(
        "ix_quote_by_number", "quote", ["tenant_id", "number", "id"], postgresql_where=sa.text("archived_at is null")
    )
    op.create_index(
        "ix_quote_by_opportunity",
        "quote",
        ["tenant_id", "opportunity_id"],
        postgresql_where=sa.text("opportunity_id is not null"),
    )
    op.create_index(
        "ix_quote_by_owner",
        "quote",
        ["tenant_id", "owner_id", "created_at", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index("ix_quote_by_team", "quote", ["tenant_id", "team_id"])
    op.create_index(
        "ix_quote_by_valid",
        "quote",
        ["tenant_id", "valid_until", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_quote_print", "quote", ["tenant_id", "print_id"], postgresql_where=sa.text("print_id is not null")
    )
    op.create_index(
        "ix_quote_replaces", "quote", ["tenant_id", "replaces_id"], postgresql_where=sa.text("replaces_id is not null")
    )
    op.create_index(
        op.f("ix_quote_tenant_id_link_hash"),
        "quote",
        ["tenant_id", "link_hash"],
        unique=True,
        postgresql_where=sa.text("link_hash is not null"),
    )
    op.create_index(op.f("ix_quote_tenant_id_number_edition"), "quote", ["tenant_id", "number", "edition"], unique=True)
    op.create_index(
        "ix_quote_waiting", "quote", ["tenant_id", "valid_until"], postgresql_where=sa.text("state = 'sent'")
    )
    op.create_table(
        "quote_line",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quote_id", sa.Uuid(), nullable=False),
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
            ["tenant_id", "product_id"],
            ["product.tenant_id", "product.id"],
            name=op.f("fk_quote_line_tenant_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "quote_id"],
            ["quote.tenant_id", "quote.id"],
            name=op.f("fk_quote_line_tenant_id_quote_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_quote_line")),
    )
    op.create_index(
        "ix_quote_line_product",
        "quote_line",
        ["tenant_id", "product_id"],
        postgresql_where=sa.text("product_id is not null"),
    )
    op.create_index(
        op.f("ix_quote_line_tenant_id_quote_id_position"), "quote_line", ["tenant_id", "quote_id", "position"]
    )
    isolate("quote")
    isolate("quote_line")
    with unfenced("role"):
        for right in RIGHTS:
            op.execute(right)
