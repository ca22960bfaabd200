"""What processes keep of a workspace holds until its turn changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.isolation import keep

revision = "tenants_add_turn"
down_revision = "tenants_add_digests"
branch_labels = None
depends_on = ("fields_add_segments", "activities_memos")

# The number of the transaction that changed something: another one each time, and the same for all rows of one.
TAKE_TURN = """
create function take_turn() returns trigger language plpgsql set search_path = pg_catalog, public as $$
declare
    changed public.tenant.id%type := coalesce(new.tenant_id, old.tenant_id);
    now_at bigint := pg_current_xact_id()::text::bigint;
begin
    update public.tenant set turn = now_at where id = changed and turn <> now_at;
    return null;
end $$
"""


def upgrade() -> None:
    """Count turns, and let the tables that are kept take them."""
    op.add_column("tenant", sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("grant update (turn) on tenant to seaport_app")
    op.execute(TAKE_TURN)
    keep("setting")
    keep("member", "name", "status")
    keep("dictionary_word")
    keep("label")
    keep("segment")
    keep("first_segment")
    keep("activity_kind")
