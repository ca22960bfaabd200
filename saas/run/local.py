"""What a local run keeps between starts: its secrets, and the addresses by which other commands find it.

`local.json` is read by every process; `admin.json`, with the address that may create roles, by those commands alone
that need it. Both are readable by their owner only.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from saas import config
from saas.errors import SetupError
from saas.run.postgres import Postgres

APP_ROLE = "seaport_app"
PLATFORM_ROLE = "seaport_platform"
DATABASE = "seaport"
DATABASE_VARIABLES = ("DATABASE_URL", "DATABASE_PLATFORM_URL", "DATABASE_ADMIN_URL")
SECRETS = ("secret_key", "app_password", "platform_password", "redis_password")


@dataclass(frozen=True)
class Addresses:
    """Where the database and Redis of one start are; empty where the environment already says it."""

    database_url: str = ""
    platform_url: str = ""
    admin_url: str = ""  # only that of the embedded server is kept
    redis_url: str = ""


def secrets_of(data_dir: Path) -> dict[str, Any]:
    """What earlier starts kept, with every secret that is still missing made up."""
    kept = config.local_settings(data_dir)
    return kept | {name: kept.get(name) or secrets.token_urlsafe(32) for name in SECRETS}


def superuser_password(data_dir: Path) -> str:
    """The embedded server's own password; made up where none is kept."""
    return str(config.read_kept(data_dir / config.ADMIN_FILE).get("password") or secrets.token_urlsafe(32))


def embedded(server: Postgres, kept: Mapping[str, Any]) -> Addresses:
    """The addresses on the embedded server."""
    return Addresses(
        database_url=server.url(APP_ROLE, kept["app_password"], DATABASE),
        platform_url=server.url(PLATFORM_ROLE, kept["platform_password"], DATABASE),
        admin_url=server.url(database=DATABASE),
    )


def given(env: Mapping[str, str], kept: Mapping[str, Any]) -> Addresses:
    """The addresses on a server that the environment names; what it doesn't say is derived from the admin's.

    Raises:
        SetupError: there is nothing to derive them from; names the variables to set.
    """
    admin = env.get("DATABASE_ADMIN_URL", "")
    missing = [name for name in ("DATABASE_URL", "DATABASE_PLATFORM_URL") if not env.get(name)]
    if missing and not admin:
        raise SetupError(
            f"A database is given, but {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set. Set it, "
            "or set DATABASE_ADMIN_URL to a user who may create roles, and Seaport makes the rest."
        )
    app = "" if env.get("DATABASE_URL") else as_role(admin, APP_ROLE, kept["app_password"])
    platform = "" if env.get("DATABASE_PLATFORM_URL") else as_role(admin, PLATFORM_ROLE, kept["platform_password"])
    return Addresses(database_url=app, platform_url=platform)


def as_role(url: str, role: str, password: str) -> str:
    """The address `url` with another user and password."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role, safe='')}:{quote(password, safe='')}@{place}"))


def keep(data_dir: Path, kept: Mapping[str, Any], password: str) -> None:
    """Write both files for the commands of other shells.

    Args:
        data_dir: the data folder.
        kept: all of `local.json`.
        password: the embedded server's superuser's; empty when none was started.
    """
    admin_url = kept.get("admin_url", "")
    write(data_dir / config.LOCAL_FILE, {name: value for name, value in kept.items() if name != "admin_url"})
    if password:
        write(data_dir / config.ADMIN_FILE, {"admin_url": admin_url, "password": password})


def keep_key(data_dir: Path, secret_key: str) -> None:
    """Have what lies in the data folder read under this key from now on; the rest of what is kept stays."""
    write(data_dir / config.LOCAL_FILE, config.local_settings(data_dir) | {"secret_key": secret_key})


def write(path: Path, kept: Mapping[str, Any]) -> None:
    """Replace a kept file as one step, readable by its owner only."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        json.dump(dict(kept), file, indent=2, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
