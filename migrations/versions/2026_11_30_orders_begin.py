"""Orders, their lines, and the notes by which their goods go out and come back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, unfenced

revision = "orders_begin"
down_revision = "quotes_begin"
branch_labels = None
depends_on = ("opportunities_begin", "products_begin")

RIGHTS = (
    """
    update role
    set rights = rights || jsonb_build_object('order.view', case key when 'agent' then 'own' else 'all' end)
    where key in ('owner', 'manager', 'agent', 'readonly') and not rights ? 'order.view'
    """,
    """
    update role
    set rights = rights || jsonb_build_object('order.edit', case key when 'agent' then 'own' else 'all' end)
    where key in ('owner', 'manager', 'agent') and not rights ? 'order.edit'
    """,
    """
    update role
    set rights = rights || jsonb_build_object('portal.order', case key when 'customer' then 'own' else 'all' end)
    where key in ('customer', 'customer_manager') and not rights ? 'portal.order'
    """,
)


def upgrade() -> None:
    """Make and fence the tables; roles that workspaces began with get their rights."""
    op.create_table(
        "sales_order",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "hand",
                "quote",
                "contract",
                "phone",
                "portal",
                "partner",
                name="ordersource",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("quote_id", sa.Uuid(), nullable=True),
        sa.Column("opportunity_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "confirmed",
                "part",
                "delivered",
                "closed",
                "cancelled",
                name="orderstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("edition", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("ship_to", sa.Text(), nullable=True),
        sa.Column("ordered_on", sa.Date(), nullable=True),
        sa.Column("confirmed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("sent_to", sa.Text(), nullable=True),
        sa.Column("cancelled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
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
            name=op.f("fk_sales_order_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contact.tenant_id", "contact.id"],
            name=op.f("fk_sales_order_tenant_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "opportunity_id"],
            ["opportunity.tenant_id", "opportunity.id"],
            name=op.f("fk_sales_order_tenant_id_opportunity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"], ["member.tenant_id", "member.id"], name=op.f("fk_sales_order_tenant_id_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "quote_id"], ["quote.tenant_id", "quote.id"], name=op.f("fk_sales_order_tenant_id_quote_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "team_id"], ["team.tenant_id", "team.id"], name=op.f("fk_sales_order_tenant_id_team_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sales_order")),
    )
    op.create_index("ix_sales_order_by_account", "sales_order", ["tenant_id", "account_id", "created_at"])
    op.create_index(
        "ix_sales_order_by_contact",
        "sales_order",
        ["tenant_id", "contact_id"],
        postgresql_where=sa.text("contact_id is not null"),
    )
    op.create_index(
        "ix_sales_order_by_created",
        "sales_order",
        ["tenant_id", "created_at", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_sales_order_by_gross",
        "sales_order",
        ["tenant_id", "gross", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_sales_order_by_number",
        "sales_order",
        ["tenant_id", "number", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index(
        "ix_sales_order_by_opportunity",
        "sales_order",
        ["tenant_id", "opportunity_id"],
        postgresql_where=sa.text("opportunity_id is not null"),
    )
    op.create_index(
        "ix_sales_order_by_owner",
        "sales_order",
        ["tenant_id", "owner_id", "created_at", "id"],
        postgresql_where=sa.text("archived_at is null"),
    )
    op.create_index("ix_sales_order_by_team", "sales_order", ["tenant_id", "team_id"])
    op.create_index(op.f("ix_sales_order_tenant_id_number"), "sales_order", ["tenant_id", "number"], unique=True)
    op.create_index(
        op.f("ix_sales_order_tenant_id_quote_id"),
        "sales_order",
        ["tenant_id", "quote_id"],
        unique=True,
        postgresql_where=sa.text("quote_id is not null"),
    )
    op.create_index(
        "ix_sales_order_to_deliver",
        "sales_order",
        ["tenant_id", "due_on", "id"],
        postgresql_where=sa.text("state in ('confirmed', 'part')"),
    )
    op.create_table(
        "delivery_note",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Enum("delivery", "return", name="notekind", native_enum=False, length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tracking", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("to_stock", sa.Boolean(), nullable=False),
        sa.Column("undoes_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_delivery_note_tenant_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["sales_order.tenant_id", "sales_order.id"],
            name=op.f("fk_delivery_note_tenant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "undoes_id"],
            ["delivery_note.tenant_id", "delivery_note.id"],
            name=op.f("fk_delivery_note_tenant_id_undoes_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_delivery_note")),
    )
    op.create_index(
        op.f("ix_delivery_note_tenant_id_member_id"),
        "delivery_note",
        ["tenant_id", "member_id"],
        postgresql_where=sa.text("member_id is not null"),
    )
    op.create_index(op.f("ix_delivery_note_tenant_id_number"), "delivery_note", ["tenant_id", "number"], unique=True)
    op.create_index(op.f("ix_delivery_note_tenant_id_order_id_id"), "delivery_note", ["tenant_id", "order_id", "id"])
    op.create_index(
        op.f("ix_delivery_note_tenant_id_undoes_id"),
        "delivery_note",
        ["tenant_id", "undoes_id"],
        unique=True,
        postgresql_where=sa.text("undoes_id is not null"),
    )
    op.create_table(
        "order_line",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("delivered", sa.Numeric(14, 3), nullable=False),
        sa.Column("returned", sa.Numeric(14, 3), nullable=False),
        sa.Column("sold_on", sa.Date(), nullable=True),
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
            ["tenant_id", "order_id"],
            ["sales_order.tenant_id", "sales_order.id"],
            name=op.f("fk_order_line_tenant_id_order_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["product.tenant_id", "product.id"],
            name=op.f("fk_order_line_tenant_id_product_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_order_line")),
    )
    op.create_index(
        "ix_order_line_product",
        "order_line",
        ["tenant_id", "product_id"],
        postgresql_where=sa.text("product_id is not null"),
    )
    op.create_index(
        "ix_order_line_sold",
        "order_line",
        ["tenant_id", "sold_on", "id"],
        postgresql_where=sa.text("sold_on is not null"),
    )
    op.create_index(
        op.f("ix_order_line_tenant_id_order_id_position"), "order_line", ["tenant_id", "order_id", "position"]
    )
    op.create_table(
        "delivery_note_line",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.Numeric(14, 3), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "note_id"],
            ["delivery_note.tenant_id", "delivery_note.id"],
            name=op.f("fk_delivery_note_line_tenant_id_note_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_line_id"],
            ["order_line.tenant_id", "order_line.id"],
            name=op.f("fk_delivery_note_line_tenant_id_order_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "product_id"],
            ["product.tenant_id", "product.id"],
            name=op.f("fk_delivery_note_line_tenant_id_product_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_delivery_note_line")),
    )
    op.create_index(
        op.f("ix_delivery_note_line_tenant_id_note_id_order_line_id"),
        "delivery_note_line",
        ["tenant_id", "note_id", "order_line_id"],
        unique=True,
    )
    op.create_index(
        op.f("ix_delivery_note_line_tenant_id_order_line_id"), "delivery_note_line", ["tenant_id", "order_line_id"]
    )
    op.create_index(
        op.f("ix_delivery_note_line_tenant_id_product_id"),
        "delivery_note_line",
        ["tenant_id", "product_id"],
        postgresql_where=sa.text("product_id is not null"),
    )
    isolate("sales_order")
    isolate("delivery_note")
    isolate("order_line")
    isolate("delivery_note_line")
    with unfenced("role"):
        for right in RIGHTS:
            op.execute(right)
