"""How each member wants to be told, and the letter of the morning."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "tenants_add_digests"
down_revision = "tenants_add_operators"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Choices of members, and lines held until the morning."""
    kinds = sa.Enum("never", "weekdays", "daily", name="digest", native_enum=False, length=40)
    op.add_column("member", sa.Column("notice_ways", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.add_column("member", sa.Column("digest", kinds, nullable=False, server_default="never"))
    op.add_column("member", sa.Column("digest_hour", sa.BigInteger(), nullable=False, server_default="8"))
    op.add_column("notice", sa.Column("is_held", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_notice_held",
        "notice",
        ["tenant_id", "member_id"],
        unique=False,
        postgresql_where=sa.text("is_held"),
    )
    for table, column in (
        ("member", "notice_ways"),
        ("member", "digest"),
        ("member", "digest_hour"),
        ("notice", "is_held"),
    ):
        op.alter_column(table, column, server_default=None)
