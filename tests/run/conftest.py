"""Folders and processes for the tests of a local run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from saas.run import owner, processes

OURS = ("DATABASE_", "REDIS_", "SAAS_", "SECRET_KEY", "HOST", "PORT", "WEB_PROCESSES", "STRIPE_", "SMTP_", "TRUSTED_")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may pass through, as a checkout is; pytest's own is closed to the servers' user."""
    folder = Path(tempfile.mkdtemp(prefix="seaport-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def runner(open_folder: Path) -> owner.Owner:
    """Who runs the servers here."""
    return owner.of_servers(open_folder / "nothing")


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """This process's environment without any setting of Seaport's, and then these."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return env | {"SAAS_DATA_DIR": str(data_dir)} | more


def saas(*words: str, cwd: Path, env: dict[str, str], timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    command = [sys.executable, "-m", "saas.cli", *words]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=timeout)


def alive(pids: list[int]) -> list[int]:
    """Those of `pids` that still run."""
    return [pid for pid in pids if processes.is_alive(pid)]
