"""What workspaces rent and paid, the inbox of Stripe's messages, and what is asked of Stripe."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, own_row_only, platform

revision = "billing_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of billing and fence them."""
    op.create_table(
        "subscription_invoice",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column(
            "status",
            sa.Enum("open", "paid", "void", "uncollectible", name="billstatus", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("total", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("issued_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("paid_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_subscription_invoice")),
    )
    op.create_index(
        op.f("ix_subscription_invoice_tenant_id_issued_at"),
        "subscription_invoice",
        ["tenant_id", "issued_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_subscription_invoice_tenant_id_stripe_id"),
        "subscription_invoice",
        ["tenant_id", "stripe_id"],
        unique=True,
    )
    op.create_table(
        "stripe_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("processed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_stripe_event_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_event")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_stripe_event_stripe_id")),
    )
    op.create_index(op.f("ix_stripe_event_tenant_id"), "stripe_event", ["tenant_id"], unique=False)
    op.create_index(
        "ix_stripe_event_waiting",
        "stripe_event",
        ["tenant_id"],
        unique=False,
        postgresql_where=sa.text("processed_at is null"),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=True),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "incomplete",
                "incomplete_expired",
                "trialing",
                "active",
                "past_due",
                "canceled",
                "unpaid",
                "paused",
                name="status",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_amount", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("period_end", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("cancel_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("troubled_since", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("heard", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_subscription_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_subscription_customer_id")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_subscription_tenant_id")),
    )
    op.create_table(
        "stripe_intent",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("customer", "checkout", "seats", name="intentkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("key_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("shown", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("draft", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("done_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("failed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "member_id"],
            ["member.tenant_id", "member.id"],
            name=op.f("fk_stripe_intent_tenant_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stripe_intent")),
    )
    op.create_index(
        op.f("ix_stripe_intent_tenant_id_created_at"), "stripe_intent", ["tenant_id", "created_at"], unique=False
    )
    op.create_index(
        "uq_stripe_intent_open",
        "stripe_intent",
        ["tenant_id", "kind"],
        unique=True,
        postgresql_where=sa.text("confirmed_at is not null and done_at is null and failed_at is null"),
    )
    own_row_only("subscription", "tenant_id", [])
    platform("stripe_event")
    isolate("stripe_intent", "subscription_invoice")
