"""Competitors, and those that stand against a deal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import isolate

revision = "opportunities_add_rivals"
down_revision = "opportunities_add_limits"
branch_labels = None
depends_on = None

MOMENT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Make and fence both."""
    op.create_table(
        "rival",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("strengths", sa.Text(), nullable=True),
        sa.Column("weaknesses", sa.Text(), nullable=True),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("archived_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["account.tenant_id", "account.id"], name=op.f("fk_rival_tenant_id_account_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rival")),
    )
    active = sa.text("archived_at is null")
    op.create_index(
        op.f("ix_rival_tenant_id_name_key"), "rival", ["tenant_id", "name_key"], unique=True, postgresql_where=active
    )
    op.create_index("ix_rival_by_name", "rival", ["tenant_id", "name_key", "id"], postgresql_where=active)
    op.create_index("ix_rival_by_created", "rival", ["tenant_id", "created_at", "id"], postgresql_where=active)
    op.create_index(op.f("ix_rival_tenant_id_account_id"), "rival", ["tenant_id", "account_id"])
    standings = sa.Enum("leading", "level", "behind", "unknown", name="standing", native_enum=False, length=40)
    op.create_table(
        "deal_rival",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("rival_id", sa.Uuid(), nullable=False),
        sa.Column("standing", standings, nullable=False),
        sa.Column("price", sa.Numeric(18, 2), nullable=True),
        sa.Column("strengths", sa.Text(), nullable=True),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("has_won", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "opportunity_id"],
            ["opportunity.tenant_id", "opportunity.id"],
            name=op.f("fk_deal_rival_tenant_id_opportunity_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "rival_id"], ["rival.tenant_id", "rival.id"], name=op.f("fk_deal_rival_tenant_id_rival_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_deal_rival")),
    )
    op.create_index(
        op.f("ix_deal_rival_tenant_id_opportunity_id_rival_id"),
        "deal_rival",
        ["tenant_id", "opportunity_id", "rival_id"],
        unique=True,
    )
    op.create_index(op.f("ix_deal_rival_tenant_id_rival_id"), "deal_rival", ["tenant_id", "rival_id"])
    isolate("rival", "deal_rival")
