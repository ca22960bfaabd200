"""Customers and contacts are looked up by the reading of their names; a worker notes it in each workspace, some at a
time. Until it is done there, names that are no Latin letters stand where they stood.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "customers_add_reading"
down_revision = "customers_add_credit"
branch_labels = None
depends_on = None

ACTIVE = {"account": "archived_at is null and phone is not null", "contact": "archived_at is null"}
ASK = """
insert into delivery (tenant_id, id, handler, key, payload, due_at, attempts, created_at)
select id, gen_random_uuid(), 'crm.read_names', 'add_reading', '{}', now(), 0, now() from tenant
on conflict (tenant_id, handler, key) do nothing
"""
STEPS = (
    "alter table tenant no force row level security",  # the owner asks for it in every workspace, once
    "alter table delivery no force row level security",
    ASK,
    "alter table delivery force row level security",
    "alter table tenant force row level security",
)


def upgrade() -> None:
    """Keep it with both, in the order of the phone book, and ask for what is there."""
    for table, active in ACTIVE.items():
        op.add_column(table, sa.Column("reading", sa.Text(), nullable=True))
        op.create_index(
            f"ix_{table}_by_reading",
            table,
            ["tenant_id", sa.text("coalesce(reading, name_key)"), "id"],
            postgresql_where=sa.text(active),
        )
    for step in STEPS:
        op.execute(step)
