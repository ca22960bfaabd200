"""Tags and groups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "fields_add_labels"
down_revision = "fields_begin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make and fence labels and what lies under them."""
    op.create_table(
        "label",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("tag", "group", name="labelkind", native_enum=False, length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"], ["label.tenant_id", "label.id"], name=op.f("fk_label_tenant_id_parent_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_label")),
    )
    op.create_index(op.f("ix_label_tenant_id_parent_id"), "label", ["tenant_id", "parent_id"])
    op.create_index(
        "uq_label_top",
        "label",
        ["tenant_id", "kind", "name_key"],
        unique=True,
        postgresql_where=sa.text("parent_id is null and archived_at is null"),
    )
    op.create_index(
        "uq_label_below",
        "label",
        ["tenant_id", "parent_id", "name_key"],
        unique=True,
        postgresql_where=sa.text("parent_id is not null and archived_at is null"),
    )
    op.create_table(
        "labelled",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("label_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "label_id"], ["label.tenant_id", "label.id"], name=op.f("fk_labelled_tenant_id_label_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_labelled_tenant_id_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contact.tenant_id", "contact.id"],
            name=op.f("fk_labelled_tenant_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_labelled")),
    )
    for name in ("label_id", "account_id", "contact_id"):
        op.create_index(op.f(f"ix_labelled_tenant_id_{name}"), "labelled", ["tenant_id", name])
    for name in ("account", "contact"):
        op.create_index(
            f"uq_labelled_{name}",
            "labelled",
            ["tenant_id", "label_id", f"{name}_id"],
            unique=True,
            postgresql_where=sa.text(f"{name}_id is not null"),
        )
    isolate("label", "labelled")
