"""Whether the embedded database is as new as the code, told without loading the machinery of migrations.

After each migration a mark is left beside the database: what the code's versions were, and what the database said its
own was. Where both still hold there is nothing to migrate, and a start is a second shorter.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from saas import config
from saas.errors import SetupError
from saas.run.postgres import Postgres


@dataclass(frozen=True)
class Mark:
    """The mark of one embedded server's database."""

    server: Postgres
    database: str
    sign_ins: str  # the addresses of the app's and the platform's role: migrating also gives them their passwords

    @property
    def file(self) -> Path:
        """Where it lies: it goes where the database goes."""
        return self.server.home / "migrated.json"

    def is_current(self) -> bool:
        """True when neither the code nor the database has changed since."""
        try:
            return config.read_kept(self.file) == self._now()
        except SetupError:
            return False

    def write(self) -> None:
        """Note that the database was just brought up to date."""
        self.server.user.write(self.file, json.dumps(self._now()))

    def _now(self) -> dict[str, Any]:
        return {"code": _code(self.sign_ins), "database": self._versions()}

    def _versions(self) -> list[str]:
        with psycopg.connect(self.server.url(database=self.database)) as connection:
            try:
                rows = connection.execute("select version_num from alembic_version order by 1").fetchall()
            except psycopg.errors.UndefinedTable:
                return []
        return [str(row[0]) for row in rows]


def _code(sign_ins: str) -> str:
    """A hash over all of the code's migrations, and over what else they would see to."""
    spec = find_spec("migrations")
    assert spec
    assert spec.submodule_search_locations
    total = hashlib.sha256(sign_ins.encode())
    for file in sorted(Path(spec.submodule_search_locations[0]).rglob("*.py")):
        total.update(file.name.encode() + file.read_bytes())
    return total.hexdigest()
