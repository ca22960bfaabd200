"""Operators, who stand apart from the users of workspaces; and what they see of all workspaces."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import let_lookup_read, lookup_function, platform

revision = "tenants_add_operators"
down_revision = "tenants_add_passkeys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of the service, sessions of its people, and two functions that look across workspaces."""
    op.create_table(
        "operator",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("totp_secret", postgresql.BYTEA(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=True),
        sa.Column("totp_failures", sa.BigInteger(), nullable=False),
        sa.Column("totp_paused_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("email", name=op.f("uq_operator_email")),
    )
    op.create_index(
        "ix_delivery_stopped",
        "delivery",
        ["tenant_id", "gave_up_at"],
        unique=False,
        postgresql_where=sa.text("done_at is null and gave_up_at is not null"),
    )
    op.add_column("session", sa.Column("operator_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_session_operator_id"), "session", ["operator_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_session_operator_id"), "session", "operator", ["operator_id"], ["id"], ondelete="CASCADE"
    )
    op.drop_constraint(op.f("ck_session_one_owner"), "session", type_="check")
    op.create_check_constraint(
        op.f("ck_session_one_owner"), "session", "num_nonnulls(user_id, portal_user_id, operator_id) = 1"
    )
    platform("operator")
    lookup_function(
        "workspace_figures(ids uuid[])",
        "table (tenant_id uuid, seats bigint, active_at timestamptz)",
        """
        select t.id, taken.seats, newest.at from tenant t
        cross join lateral (
            select count(*) as seats from member m
            where m.tenant_id = t.id and m.status = 'active' and m.user_id is not null
        ) taken
        cross join lateral (select max(e.created_at) as at from event e where e.tenant_id = t.id) newest
        where t.id = any (ids)
        """,
        to="seaport_platform",
    )
    let_lookup_read("delivery", "id", "handler", "last_error", policy=False)
    # Why a job failed is told only where it is the name of an error and a place in our code: any other text may hold a
    # customer's name or address.
    lookup_function(
        "stopped_jobs(many integer)",
        "table (tenant_id uuid, id uuid, handler text, gave_up_at timestamptz, reason text)",
        """
        select d.tenant_id, d.id, d.handler, d.gave_up_at,
               case when d.last_error ~ '^[A-Za-z_]+( in [A-Za-z0-9_./]+, line [0-9]+)?$'
                    or d.last_error = 'the process ended each time' then d.last_error end
        from delivery d where d.done_at is null and d.gave_up_at is not null
        order by d.gave_up_at desc, d.id limit many
        """,
        to="seaport_platform",
    )
