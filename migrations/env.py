"""Run by Alembic; the connection comes from `migrations.upgrade`, with the owner's role put on."""

from __future__ import annotations

from typing import Any

from alembic import context

from saas.app import load_models
from saas.db import db

load_models()
AREA = context.config.attributes.get("area")


def include(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    """Compare the tables of one area when asked to; never Alembic's own."""
    if kind == "table":
        found = db.Model.metadata.tables.get(name or "")
        return name != "alembic_version" and (not AREA or (found is not None and found.info["area"] == AREA))
    return True


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=db.Model.metadata,
    compare_type=True,
    include_object=include,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
