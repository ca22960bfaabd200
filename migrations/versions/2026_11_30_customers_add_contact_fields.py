"""What one knows of a person, and the further customers where he is somebody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "customers_contact_fields"
down_revision = "customers_begin"
branch_labels = None
depends_on = None

DECISION = ("decides", "influences", "uses", "guards", "signs", "opposes")
TEXTS = ("department", "home_phone", "home_address", "hobbies", "language", "wish_source")


def upgrade() -> None:
    """Widen contacts; make and fence affiliations."""
    decision = sa.Enum(*DECISION, name="decisionrole", native_enum=False, length=40)
    for name in TEXTS:
        op.add_column("contact", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("contact", sa.Column("decision", decision, nullable=True))
    channel = sa.Enum("phone", "mobile", "mail", "message", "post", name="channel", native_enum=False, length=40)
    op.add_column("contact", sa.Column("channel", channel, nullable=True))
    for name in ("phone_wish", "mail_wish", "post_wish"):
        wish = sa.Enum("yes", "no", name="wish", native_enum=False, length=40)
        op.add_column("contact", sa.Column(name, wish, nullable=True))
    op.add_column("contact", sa.Column("wish_on", sa.Date(), nullable=True))
    for name in ("lines", "days"):
        op.add_column("contact", sa.Column(name, postgresql.JSONB(), nullable=False, server_default="[]"))
        op.alter_column("contact", name, server_default=None)
    op.create_table(
        "affiliation",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("decision", decision, nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_affiliation_tenant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contact.tenant_id", "contact.id"],
            name=op.f("fk_affiliation_tenant_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_affiliation")),
    )
    op.create_index(
        op.f("ix_affiliation_tenant_id_account_id_contact_id"),
        "affiliation",
        ["tenant_id", "account_id", "contact_id"],
        unique=True,
    )
    op.create_index(
        op.f("ix_affiliation_tenant_id_contact_id_account_id"), "affiliation", ["tenant_id", "contact_id", "account_id"]
    )
    isolate("affiliation")
