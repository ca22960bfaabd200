"""What is in a backup's folder, and whether all of it is there as it was written.

manifest.json    what is here: counts and checksums of every table, and of every file
database.dump    the database, as `pg_dump` writes it
files/…          what people attached, as in the store
audit/…          the ends of the trails, kept outside of the database
secrets.json     only from a run by `make run`: the key that signs the trail, and the demo sign-ins
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from saas.errors import SetupError

FILE, DUMP, SECRETS, FILES, AUDIT = "manifest.json", "database.dump", "secrets.json", "files", "audit"
FORM = 2  # of the folder; a newer one is refused, an older one is read
CHUNK = 1 << 20
NAME = re.compile("[0-9a-f]{64}")  # of a file in the store: what it holds
PLACES = re.compile(
    rf"{DUMP}|{SECRETS}|{AUDIT}/[0-9a-f-]{{36}}\.json|{FILES}/[0-9a-f-]{{36}}/([0-9a-f]{{2}})/\1[0-9a-f]{{62}}"
)


@dataclass(frozen=True)
class Part:
    """One file of a backup."""

    size: int  # bytes
    sha256: str


@dataclass(frozen=True)
class Table:
    """One table as the dump holds it."""

    rows: int
    checksum: str  # the sum over all rows of a number made from each; the order doesn't matter


@dataclass
class Manifest:
    """What a backup holds."""

    taken_at: datetime
    postgres: int  # major version of the server it came from
    versions: list[str]  # of the schema
    key_mark: str  # made from SECRET_KEY, and doesn't tell it
    tables: dict[str, Table] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)  # path in the folder → what lies there
    damaged: list[str] = field(default_factory=list)  # files of the store that were not whole and were left out
    missing: dict[str, str] = field(default_factory=dict)  # files that records name and the store lacked → their names

    @property
    def lacks(self) -> list[str]:
        """What should be in it and isn't, a sentence each."""
        gone = [f"{name} is missing in the store: {called}." for name, called in self.missing.items()]
        return gone + [f"{name} is damaged in the store, and was left out." for name in self.damaged]

    def write(self, folder: Path) -> None:
        """Write it into the backup's folder, sealed by a checksum over itself."""
        said = asdict(self) | {"taken_at": self.taken_at.isoformat(), "form": FORM}
        sealed = said | {"checksum": _checksum(said)}
        (folder / FILE).write_text(json.dumps(sealed, indent=1), encoding="utf-8")


def read(folder: Path) -> Manifest:
    """What a backup says that it holds.

    Raises:
        SetupError: it is no backup, is damaged, or comes from a newer Seaport.
    """
    if not (folder / FILE).is_file():
        raise SetupError(f"{folder} is not a backup: it has no {FILE}.")
    try:
        said = json.loads((folder / FILE).read_text(encoding="utf-8"))
        checksum = said.pop("checksum")
        if checksum != _checksum(said):
            raise ValueError(checksum)
        if said.pop("form") not in range(1, FORM + 1):
            raise SetupError(f"The backup in {folder} was made by a newer Seaport. Restore it with that one.")
        if not all(re.fullmatch("[a-z_]+", name) for name in said["tables"]):
            raise ValueError("tables")
        tables = {name: Table(**table) for name, table in said.pop("tables").items()}
        parts = {name: Part(**part) for name, part in said.pop("parts").items()}
        taken_at = datetime.fromisoformat(said.pop("taken_at"))
        return Manifest(taken_at, tables=tables, parts=parts, **said)
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        raise SetupError(f"The backup in {folder} is damaged: its {FILE} is not as it was written.") from None


def check(folder: Path, manifest: Manifest) -> None:
    """Compare every file with what the manifest says; changes nothing.

    Raises:
        SetupError: names the first that is missing or not as it was written.
    """
    for name, part in manifest.parts.items():
        if not PLACES.fullmatch(name):
            raise SetupError(f"The backup in {folder} is damaged: it names a file {name!r}.")
        file = folder / name
        if file.is_symlink() or not file.is_file():
            raise SetupError(f"The backup in {folder} is damaged: {name} is missing.")
        if file.stat().st_size != part.size or sha256_of(file) != part.sha256:
            raise SetupError(f"The backup in {folder} is damaged: {name} is not as it was written.")
    if DUMP not in manifest.parts or not sum(table.rows for table in manifest.tables.values()):
        raise SetupError(f"The backup in {folder} is empty.")


def part_of(file: Path) -> Part:
    """What the manifest says of a file."""
    return Part(file.stat().st_size, sha256_of(file))


def sha256_of(file: Path) -> str:
    """The checksum of a file."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def key_mark(secret_key: str) -> str:
    """A word that is the same for the same SECRET_KEY, and from which nobody gets it."""
    return hmac.new(secret_key.encode(), b"seaport backup", hashlib.sha256).hexdigest()


def _checksum(said: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
