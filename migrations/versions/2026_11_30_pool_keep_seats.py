"""Pools and their admins are read once a process: nearly every page asks what the pools hide from its reader. Lists of
those whom somebody looks after get an index, since they are all that is left where every pool hides."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.isolation import keep

revision = "pool_keep_seats"
down_revision = ("pool_sweeps", "tenants_add_turn")
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let pools and seats count towards the workspace's turn; index by name who is looked after."""
    for table in ("pool", "pool_seat"):
        keep(table)
    held = sa.text("archived_at is null and owner_id is not null")
    for table in ("account", "contact"):
        op.create_index(f"ix_{table}_held_by_name", table, ["tenant_id", "name_key", "id"], postgresql_where=held)
