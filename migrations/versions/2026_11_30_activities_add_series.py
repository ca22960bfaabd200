"""Activities that come again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "activities_add_series"
down_revision = "activities_add_reminders"
branch_labels = None
depends_on = None

OFTEN = ("daily", "weekly", "monthly", "yearly")


def upgrade() -> None:
    """Make and fence the rules; let activities name theirs."""
    op.create_table(
        "activity_series",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("frequency", sa.Enum(*OFTEN, name="frequency", native_enum=False, length=40), nullable=False),
        sa.Column("every", sa.BigInteger(), nullable=False),
        sa.Column("weekdays", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("times", sa.BigInteger(), nullable=True),
        sa.Column("made_until", sa.Date(), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("minute", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("about_kind", sa.Text(), nullable=True),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("minutes", sa.BigInteger(), nullable=True),
        sa.Column("reminders", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("cost", sa.Numeric(precision=18, scale=2), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        *(_to("activity_series", f"{other}_id", other) for other in ("account", "contact")),
        _to("activity_series", "owner_id", "member"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_activity_series")),
    )
    for column in ("account_id", "contact_id", "owner_id"):
        op.create_index(op.f(f"ix_activity_series_tenant_id_{column}"), "activity_series", ["tenant_id", column])
    running = sa.text("ended_at is null")
    op.create_index("ix_activity_series_running", "activity_series", ["tenant_id", "id"], postgresql_where=running)
    isolate("activity_series")
    op.add_column("activity", sa.Column("series_id", sa.Uuid(), nullable=True))
    op.add_column("activity", sa.Column("occurs_on", sa.Date(), nullable=True))
    op.create_foreign_key(
        op.f("fk_activity_tenant_id_series_id"),
        "activity",
        "activity_series",
        ["tenant_id", "series_id"],
        ["tenant_id", "id"],
    )
    op.create_index(
        "ix_activity_of_series",
        "activity",
        ["tenant_id", "series_id", "occurs_on"],
        unique=True,
        postgresql_where=sa.text("series_id is not null"),
    )


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    keys = ([f"{other}.tenant_id", f"{other}.id"], op.f(f"fk_{table}_tenant_id_{column}"))
    return sa.ForeignKeyConstraint(["tenant_id", column], keys[0], name=keys[1])
