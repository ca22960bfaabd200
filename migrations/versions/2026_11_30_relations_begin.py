"""Who stands between companies, and what is done together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "relations_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = ("customers_begin", "opportunities_begin")

KINDS = ("introduced_by", "buys_through", "supplied_by", "partner", "competitor")
COOPERATIONS = ("project", "distribution", "marketing", "development", "service", "other")
STATES = ("planned", "running", "ended", "broken_off")


def upgrade() -> None:
    """Make and fence both."""
    op.create_table(
        "relation",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum(*KINDS, name="relationkind", native_enum=False, length=40), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=True),
        sa.Column("other_name", sa.Text(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        _to("relation", "account_id", "account"),
        _to("relation", "other_id", "account"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_relation")),
    )
    op.create_index(op.f("ix_relation_tenant_id_account_id_id"), "relation", ["tenant_id", "account_id", "id"])
    op.create_index(
        op.f("ix_relation_tenant_id_other_id_id"),
        "relation",
        ["tenant_id", "other_id", "id"],
        postgresql_where=sa.text("other_id is not null"),
    )
    op.create_table(
        "cooperation",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Enum(*COOPERATIONS, name="cooperationkind", native_enum=False, length=40), nullable=False),
        sa.Column("state", sa.Enum(*STATES, name="cooperationstate", native_enum=False, length=40), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        _to("cooperation", "account_id", "account"),
        _to("cooperation", "opportunity_id", "opportunity"),
        _to("cooperation", "owner_id", "member"),
        _to("cooperation", "team_id", "team"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_cooperation")),
    )
    for name, columns in {
        "ix_cooperation_by_account": ["account_id", "id"],
        "ix_cooperation_by_created": ["created_at", "id"],
        "ix_cooperation_by_owner": ["owner_id", "created_at", "id"],
        "ix_cooperation_by_state": ["state", "created_at", "id"],
        "ix_cooperation_by_subject": ["subject", "id"],
        "ix_cooperation_tenant_id_opportunity_id": ["opportunity_id"],
        "ix_cooperation_tenant_id_team_id": ["team_id"],
    }.items():
        op.create_index(name, "cooperation", ["tenant_id", *columns])
    isolate("relation", "cooperation")


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    keys = ([f"{other}.tenant_id", f"{other}.id"], op.f(f"fk_{table}_tenant_id_{column}"))
    return sa.ForeignKeyConstraint(["tenant_id", column], keys[0], name=keys[1])
