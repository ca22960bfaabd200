"""`saas doctor`: looks this machine over, and installs what is missing of the system where it may."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from saas import config, machine
from saas.config import Config
from saas.errors import SetupError
from saas.machine import Part
from saas.run import npm, postgres, redis

OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """The outcome of one check."""

    name: str
    is_good: bool
    says: str
    is_required: bool = True


def examine(*, tests: bool = False) -> list[Finding]:
    """Check everything, and touch nothing."""
    found = [_python(), *_parts(tests=tests), _npm(), _folder(config.data_folder())]
    try:
        settings = config.load(with_admin=True)
    except SetupError as error:
        return [*found, Finding("Settings", False, str(error), is_required=bool(os.environ.get("DATABASE_URL")))]
    return [*found, Finding("Settings", True, "fit"), *_servers(settings)]


def install(lacking: list[Part]) -> str:
    """Have apt install what is lacking.

    Returns:
        What went wrong, a sentence; empty when all is there now.
    """
    apt = shutil.which("apt-get")
    if apt is None:
        return "This system has no apt. Install these with its own package manager."
    if os.geteuid() != 0:
        return "Only root can install system packages."
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    quiet = ["-q", "-o", "DPkg::Lock::Timeout=120"]
    apt_get = functools.partial(subprocess.run, check=False, capture_output=True, env=env, text=True)
    apt_get([apt, "update", *quiet])
    packages = [part.package for part in lacking if apt_get(["apt-cache", "show", part.package]).returncode == 0]
    done = apt_get([apt, "install", "-y", "--no-install-recommends", *quiet, *packages])
    still = [part.name for part in lacking if not part.is_there()]
    if not still:
        return ""
    said = done.stderr.strip().splitlines()[-1:]
    return " ".join([f"apt could not install {', '.join(still)}.", *said])


def _python() -> Finding:
    shown = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= OLDEST_PYTHON, f"{shown}; 3.11 or newer is needed")


def _parts(*, tests: bool) -> list[Finding]:
    asked = [part for part in machine.PARTS if tests or not part.for_tests]
    return [Finding(part.name, part.is_there(), part.why, part.is_required) for part in asked]


def _npm() -> Finding:
    found = npm.find()
    says = str(found[-1]) if found else "not needed until packages are fetched; `make run` brings its own"
    return Finding("npm", bool(found), says, is_required=False)


def _folder(folder: Path) -> Finding:
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    is_good = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    return Finding("Data folder", is_good, f"{folder}{'' if is_good else ' can not be written to'}")


def _servers(settings: Config) -> list[Finding]:
    if settings.local and not os.environ.get("DATABASE_URL") and postgres.is_free(settings.data_dir / "lock"):
        return [Finding("Seaport", False, "is not running; `make run` starts it", is_required=False)]
    found = [_reach("Redis", lambda: f"answers, version {redis.version_at(settings.redis_url)}")]
    for name, url in (("DATABASE_URL", settings.database_url), ("DATABASE_PLATFORM_URL", settings.platform_url)):
        found.append(_reach(name, functools.partial(_database, url, name)))
    return found


def _database(url: str, name: str) -> str:
    return f"answers, PostgreSQL {postgres.version_at(url, name)}"


def _reach(name: str, ask: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, ask())
    except SetupError as error:
        return Finding(name, False, str(error))
