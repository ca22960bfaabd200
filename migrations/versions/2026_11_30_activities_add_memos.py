"""Memos, promises to customers, and the secret addresses of calendars."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "activities_memos"
down_revision = "activities_kinds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make and fence the three tables."""
    op.create_table(
        "calendar_address",
        *_keys(),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", postgresql.BYTEA(), nullable=False),
        _moment("created_at"),
        _link("calendar_address", "member_id", "member", "CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_calendar_address")),
    )
    for column in ("member_id", "secret_hash"):
        name = op.f(f"ix_calendar_address_tenant_id_{column}")
        op.create_index(name, "calendar_address", ["tenant_id", column], unique=True)
    op.create_table(
        "memo",
        *_keys(),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _moment("removed_at", nullable=True),
        *_version(),
        _link("memo", "member_id", "member"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_memo")),
    )
    op.create_index(
        op.f("ix_memo_tenant_id_member_id_on_id"),
        "memo",
        ["tenant_id", "member_id", "on", "id"],
        postgresql_where=sa.text("removed_at is null"),
    )
    op.create_table(
        "promise",
        *_keys(),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        _moment("settled_at", nullable=True),
        sa.Column("is_kept", sa.Boolean(), nullable=True),
        *_version(),
        _link("promise", "account_id", "account"),
        _link("promise", "owner_id", "member"),
        _link("promise", "team_id", "team"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_promise")),
    )
    name = op.f("ix_promise_tenant_id_account_id_due_on_id")
    op.create_index(name, "promise", ["tenant_id", "account_id", "due_on", "id"])
    op.create_index(
        "ix_promise_open",
        "promise",
        ["tenant_id", "owner_id", "due_on", "id"],
        postgresql_where=sa.text("settled_at is null"),
    )
    op.create_index(op.f("ix_promise_tenant_id_team_id"), "promise", ["tenant_id", "team_id"])
    isolate("calendar_address", "memo", "promise")


def _keys() -> tuple[sa.Column[object], ...]:
    return (sa.Column("tenant_id", sa.Uuid(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False))


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, postgresql.TIMESTAMP(timezone=True), nullable=nullable)


def _version() -> tuple[sa.Column[object], ...]:
    return (_moment("created_at"), sa.Column("version", sa.BigInteger(), nullable=False), _moment("updated_at"))


def _link(table: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_tenant_id_{column}")
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{to}.tenant_id", f"{to}.id"], name=name, ondelete=ondelete)
