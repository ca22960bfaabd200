"""Contracts, their lines and milestones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, unfenced

revision = "contracts_begin"
down_revision = "quotes_begin"
branch_labels = None
depends_on = ("opportunities_begin", "products_begin")

RIGHTS = (
    """
    update role
    set rights = rights || jsonb_build_object('contract.view', case key when 'agent' then 'own' else 'all' end)
    where key in ('owner', 'manager', 'agent', 'readonly') and not rights ? 'contract.view'
    """,
    """
    update role
    set rights = rights || jsonb_build_object('contract.edit', case key when 'agent' then 'own' else 'all' end)
    where key in ('owner', 'manager', 'agent') and not rights ? 'contract.edit'
    """,
)


def upgrade() -> None:
    """Make and fence the tables; roles that workspaces began with get their rights."""
    op.create_table(
        "contract",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=True),
        sa.Column("quote_id", sa.Uuid(), nullable=True),
        sa.Column("renews_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft", "signed", "active", "expired", "ended", name="contractstate", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("notice_days", sa.BigInteger(), nullable=True),
        sa.Column(
            "every", sa.Enum("once", "month", "year", name="every", native_enum=False, length=40), nullable=False
        ),
        sa.Column("terms", sa.Text(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("signed_by", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("remind_days", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("remind_on", sa.Date(), nullable=True),
        sa.Column("tells_customer", sa.Boolean(), nullable=False),
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
            name=op.f("fk_contract_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contact.tenant_id", "contact.id"],
            name=op.f("fk_contract_tenant_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "opportunity_id"],
            ["opportunity.tenant_id", "opportunity.id"],
            name=op.f("fk_contract_tenant_id_opportunity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["member.tenant_id", "member.id"], name=op.f("fk_contract_tenant_id_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "quote_id"], ["quote.tenant_id", "quote.id"], name=op.f("fk_contract_tenant_id_quote_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "renews_id"],
            ["contract.tenant_id", "contract.id"],
            name=op.f("fk_contract_tenant_id_renews_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_contract_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_contract")),
    )
    op.create_index("ix_contract_by_account", "contract", ["tenant_id", "account_id", "created_at"])
    op.create_index(
        "ix_contract_by_contact",
        "contract",
        ["tenant_id", "contact_id"],
        postgresql_where=sa.text("contact_id is not null"),
    )
    op.create_index(
        "ix_contract_by_created",
        "contract",
        ["tenant_id", "created_at", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_contract_by_end",
        "contract",
        ["tenant_id", sa.literal_column("coalesce(ends_on, '9999-12-31'::date)"), "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_contract_by_gross",
        "contract",
        ["tenant_id", "gross", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_contract_by_number",
        "contract",
        ["tenant_id", "number", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_contract_by_opportunity",
        "contract",
        ["tenant_id", "opportunity_id"],
        postgresql_where=sa.text("opportunity_id is not null"),
    )
    op.create_index(
        "ix_contract_by_owner",
        "contract",
        ["tenant_id", "owner_id", "created_at", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index("ix_contract_by_team", "contract", ["tenant_id", "team_id"])
    op.create_index(op.f("ix_contract_tenant_id_number"), "contract", ["tenant_id", "number"], unique=True)
    op.create_index(
        op.f("ix_contract_tenant_id_quote_id"),
        "contract",
        ["tenant_id", "quote_id"],
        unique=True,
        postgresql_where=sa.text("quote_id is not null"),
    )
    op.create_index(
        op.f("ix_contract_tenant_id_renews_id"),
        "contract",
        ["tenant_id", "renews_id"],
        unique=True,
        postgresql_where=sa.text("renews_id is not null"),
    )
    op.create_index(
        "ix_contract_to_begin", "contract", ["tenant_id", "starts_on"], postgresql_where=sa.text("state = 'signed'")
    )
    op.create_index(
        "ix_contract_to_end",
        "contract",
        ["tenant_id", "ends_on"],
        postgresql_where=sa.text("state in ('signed', 'active')"),
    )
    op.create_index(
        "ix_contract_to_remind",
        "contract",
        ["tenant_id", "remind_on"],
        postgresql_where=sa.text("remind_on is not null"),
    )
    op.create_table(
        "contract_line",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
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
            ["tenant_id", "contract_id"],
            ["contract.tenant_id", "contract.id"],
            name=op.f("fk_contract_line_tenant_id_contract_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["product.tenant_id", "product.id"],
            name=op.f("fk_contract_line_tenant_id_product_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_contract_line")),
    )
    op.create_index(
        "ix_contract_line_product",
        "contract_line",
        ["tenant_id", "product_id"],
        postgresql_where=sa.text("product_id is not null"),
    )
    op.create_index(
        op.f("ix_contract_line_tenant_id_contract_id_position"),
        "contract_line",
        ["tenant_id", "contract_id", "position"],
    )
    op.create_table(
        "contract_milestone",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(18, 4), nullable=True),
        sa.Column("done_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["contract.tenant_id", "contract.id"],
            name=op.f("fk_contract_milestone_tenant_id_contract_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_contract_milestone")),
    )
    op.create_index(
        "ix_contract_milestone_due",
        "contract_milestone",
        ["tenant_id", "due_on"],
        postgresql_where=sa.text("done_at is null"),
    )
    op.create_index(
        op.f("ix_contract_milestone_tenant_id_contract_id_due_on"),
        "contract_milestone",
        ["tenant_id", "contract_id", "due_on"],
    )
    isolate("contract")
    isolate("contract_line")
    isolate("contract_milestone")
    with unfenced("role"):
        for right in RIGHTS:
            op.execute(right)
