"""Confidential details, kept sealed; who leads sees them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, unfenced

revision = "sealed_begin"
down_revision = "customers_contact_fields"
branch_labels = None
depends_on = None

DETAILS = ("bank_account", "identity_number", "private_phone")


def upgrade() -> None:
    """Make and fence the table; give the new right to those who lead."""
    op.create_table(
        "sealed_value",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.Enum(*DETAILS, name="detail", native_enum=False, length=40), nullable=False),
        sa.Column("kept", postgresql.BYTEA(), nullable=False),
        sa.Column("fingerprint", postgresql.BYTEA(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", f"{other}_id"],
                [f"{other}.tenant_id", f"{other}.id"],
                name=op.f(f"fk_sealed_value_tenant_id_{other}_id"),
                ondelete="CASCADE",
            )
            for other in ("account", "contact")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sealed_value")),
    )
    for other in ("account", "contact"):
        op.create_index(
            f"ix_sealed_value_of_{other}",
            "sealed_value",
            ["tenant_id", f"{other}_id", "detail"],
            unique=True,
            postgresql_where=sa.text(f"{other}_id is not null"),
        )
    op.create_index("ix_sealed_value_same", "sealed_value", ["tenant_id", "detail", "fingerprint"])
    isolate("sealed_value")
    with unfenced("role"):
        op.execute("""update role set rights = rights || '{"sealed.view": "all"}' where key in ('owner', 'manager')""")
