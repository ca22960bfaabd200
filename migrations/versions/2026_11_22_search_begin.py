"""The side table of the search box, and the one function that reads it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.isolation import TENANT, isolate, let_lookup_read, lookup_function

revision = "search_begin"
down_revision = "tenants_begin"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make and fence the side table; the function adds the tenant and the reader's reach itself."""
    op.create_table(
        "search_entry",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("grams", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_search_entry")),
    )
    op.create_index(
        "ix_search_entry_grams", "search_entry", ["tenant_id", "grams"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        op.f("ix_search_entry_tenant_id_kind_subject_id"),
        "search_entry",
        ["tenant_id", "kind", "subject_id"],
        unique=True,
    )
    isolate("search_entry")
    let_lookup_read("search_entry", "tenant_id", "kind", "subject_id", "owner_id", "team_id", "body", "grams")
    lookup_function(
        "find_entries(wanted text[], likes text[], all_kinds text[], own_kinds text[], team_kinds text[], me uuid,"
        " teams uuid[], many integer)",
        "table (kind text, subject_id uuid)",
        f"""
        select e.kind, e.subject_id from search_entry e
        where e.tenant_id = {TENANT} and e.grams @> wanted and e.body like all (likes)
        and (e.kind = any (all_kinds)
             or (e.kind = any (own_kinds) and e.owner_id = me)
             or (e.kind = any (team_kinds) and (e.owner_id = me or e.team_id = any (teams))))
        limit many
        """,  # noqa: S608 - TENANT is our own constant
        to="seaport_app",
    )
