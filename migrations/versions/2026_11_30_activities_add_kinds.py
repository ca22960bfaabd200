"""A workspace's own kinds of activities; who takes part, where, what it cost and what came of it in a word."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "activities_kinds"
down_revision = "activities_begin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a kind be any word; make and fence kinds and guests."""
    op.alter_column("activity", "kind", type_=sa.Text(), existing_nullable=False)
    op.add_column("activity", sa.Column("result", sa.Text(), nullable=True))
    op.add_column("activity", sa.Column("place", sa.Text(), nullable=True))
    op.add_column("activity", sa.Column("cost", sa.Numeric(18, 2), nullable=True))
    op.create_table(
        "activity_kind",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("icon", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("reaches", sa.Boolean(), nullable=False),
        sa.Column("retired_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_activity_kind")),
    )
    op.create_index(op.f("ix_activity_kind_tenant_id_key"), "activity_kind", ["tenant_id", "key"], unique=True)
    op.create_table(
        "activity_guest",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        _link("activity_guest", "activity_id", "activity", "CASCADE"),
        _link("activity_guest", "member_id", "member", None),
        _link("activity_guest", "contact_id", "contact", "CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_activity_guest")),
    )
    _index("activity_guest", ["activity_id", "member_id"], "member_id is not null", unique=True)
    _index("activity_guest", ["activity_id", "contact_id"], "contact_id is not null", unique=True)
    _index("activity_guest", ["member_id", "activity_id"], "member_id is not null")
    op.create_index(op.f("ix_activity_guest_tenant_id_contact_id"), "activity_guest", ["tenant_id", "contact_id"])
    isolate("activity_kind", "activity_guest")


def _link(table: str, column: str, to: str, ondelete: str | None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_tenant_id_{column}")
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{to}.tenant_id", f"{to}.id"], name=name, ondelete=ondelete)


def _index(table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    name = op.f(f"ix_{table}_tenant_id_{'_'.join(columns)}")
    op.create_index(name, table, ["tenant_id", *columns], unique=unique, postgresql_where=sa.text(where))
