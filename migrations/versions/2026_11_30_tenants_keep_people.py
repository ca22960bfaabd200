"""Who somebody is comes with the session: members, roles and teams are kept, unread notices are counted at the door."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.isolation import keep, let_lookup_read, lookup_function

revision = "tenants_keep_people"
down_revision = ("tenants_add_turn", "tenants_add_quiet_hours")
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let all of a member count, and roles and teams; let the door count what he has not read."""
    op.execute("drop trigger turn on member")
    for table in ("member", "role", "team"):
        keep(table)
    op.create_index(
        "ix_notice_unread", "notice", ["tenant_id", "member_id"], postgresql_where=sa.text("read_at is null")
    )
    let_lookup_read("member", "id", policy=False)
    let_lookup_read("notice", "tenant_id", "member_id", "read_at")
    lookup_function(
        "unread_notices(workspace uuid, person uuid, most integer)",
        "bigint",
        """
        select count(*) from member m
        cross join lateral (
            select 1 from notice n
            where n.tenant_id = m.tenant_id and n.member_id = m.id and n.read_at is null
            limit most
        ) waiting
        where m.tenant_id = workspace and m.user_id = person
        """,
        to="seaport_platform",
    )
