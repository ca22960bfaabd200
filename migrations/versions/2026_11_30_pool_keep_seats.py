"""Whose seat makes him admin of a pool is read once a process: nearly every page asks what the pools hide from him."""

from __future__ import annotations

from migrations.isolation import keep

revision = "pool_keep_seats"
down_revision = ("pool_sweeps", "tenants_add_turn")
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let seats count towards the workspace's turn."""
    keep("pool_seat")
