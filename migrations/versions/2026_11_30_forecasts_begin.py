"""What people state for a month, what deals showed for it day by day, and the rights to see and state it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate, unfenced

revision = "forecasts_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = ("opportunities_add_forecast",)

NOBODY = "coalesce(owner_id, '00000000-0000-0000-0000-000000000000'::uuid)"
RIGHTS = """
    update role set rights = rights
        || jsonb_build_object('forecast.view', case key when 'agent' then 'own' else 'all' end)
        || case when key = 'readonly' then '{}'::jsonb
           else jsonb_build_object('forecast.adjust', case key when 'agent' then 'own' else 'all' end) end
    where key in ('owner', 'manager', 'agent', 'readonly') and not rights ? 'forecast.view'
"""


def upgrade() -> None:
    """Make and fence both; what they hold is never changed."""
    op.create_table(
        "forecast_call",
        *_keys(),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(18, 2), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("said_by_id", sa.Uuid(), nullable=False),
        _created(),
        *_to("forecast_call", owner_id="member", team_id="team", said_by_id="member"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_forecast_call")),
    )
    op.create_table(
        "forecast_line",
        *_keys(),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("deals", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Numeric(18, 2), nullable=False) for name in ("weighted", "commit", "best", "won", "rate")),
        *(sa.Column(name, sa.Numeric(18, 2), nullable=True) for name in ("call", "adjusted")),
        _created(),
        *_to("forecast_line", owner_id="member", team_id="team"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_forecast_line")),
    )
    for table, name, columns in (
        ("forecast_call", "ix_forecast_call_tenant_id_month_owner_id_id", ["month", "owner_id", "id"]),
        ("forecast_call", "ix_forecast_call_by_owner", ["owner_id", "month"]),
        ("forecast_call", "ix_forecast_call_tenant_id_team_id", ["team_id"]),
        ("forecast_call", "ix_forecast_call_tenant_id_said_by_id", ["said_by_id"]),
        ("forecast_line", "ix_forecast_line_by_month", ["month", "taken_on"]),
        ("forecast_line", "ix_forecast_line_by_owner", ["owner_id", "month"]),
        ("forecast_line", "ix_forecast_line_tenant_id_team_id", ["team_id"]),
    ):
        op.create_index(name, table, ["tenant_id", *columns])
    day = ("tenant_id", "taken_on", "month", "currency")
    op.create_index("uq_forecast_line", "forecast_line", [*day, sa.text(NOBODY)], unique=True)
    isolate("forecast_call", "forecast_line", append_only=True)
    with unfenced("role"):
        op.execute(RIGHTS)


def _keys() -> tuple[sa.Column[object], ...]:
    return sa.Column("tenant_id", sa.Uuid(), nullable=False), sa.Column("id", sa.Uuid(), nullable=False)


def _created() -> sa.Column[object]:
    return sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False)


def _to(table: str, **links: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            ["tenant_id", column],
            [f"{other}.tenant_id", f"{other}.id"],
            name=op.f(f"fk_{table}_tenant_id_{column}"),
        )
        for column, other in links.items()
    ]
