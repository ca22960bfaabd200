"""How far a database is, compared with the code.

Read from the versions' files, without Alembic: a web process that only asks would carry it about.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect, text

VERSIONS = Path(__file__).parent / "versions"


@cache
def heads() -> frozenset[str]:
    """The newest versions that the code knows, as the database will name them: without those others depend on."""
    found = [_said(path) for path in VERSIONS.glob("*.py")]
    followed = {name for said in found for name in (*_names(said["down_revision"]), *_names(said["depends_on"]))}
    return frozenset(said["revision"] for said in found) - followed


def current(engine: Engine) -> frozenset[str]:
    """The versions that the database is at."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return frozenset()
        asked = text("select version_num from alembic_version").execution_options(reviewed=True)
        return frozenset(connection.scalars(asked))


def is_current(engine: Engine) -> bool:
    """True when nothing is left to migrate."""
    return current(engine) == heads()


def _said(path: Path) -> dict[str, Any]:
    """What a version says of itself at its top: name → literal."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    plain = [node for node in body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]
    wanted = ("revision", "down_revision", "depends_on")
    return {node.targets[0].id: ast.literal_eval(node.value) for node in plain if node.targets[0].id in wanted}  # type: ignore[attr-defined]


def _names(said: str | tuple[str, ...] | None) -> Iterator[str]:
    yield from (said,) if isinstance(said, str) else said or ()
