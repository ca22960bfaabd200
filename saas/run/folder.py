"""The data folder of a local run: held by one process at a time, and everything in it made by us."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from saas import clock, config
from saas.config import Config
from saas.errors import SetupError
from saas.run import owner, places
from saas.run.places import Places


@contextmanager
def alone(settings: Config) -> Iterator[None]:
    """Hold the data folder; made where missing."""
    folder = settings.data_dir
    try:
        owner.make_own_folder(folder)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise SetupError(
            f"The data folder {folder} can't be used: {reason(error)}. Mend it, or set SAAS_DATA_DIR to another."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, 200, 0).decode(errors="replace").strip()
        os.close(lock)
        raise SetupError(
            f"Seaport is already running on {folder} ({holder}). Stop it first, or set SAAS_DATA_DIR to another folder."
        ) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"process {os.getpid()}, {settings.public_url}\n".encode(), 0)
    try:
        yield
    finally:
        os.ftruncate(lock, 0)
        os.close(lock)


def set_aside(at: Places) -> Places:
    """Move away the database of a data folder that was deleted, where it lies outside of it."""
    if at.is_moved and at.servers.is_dir() and not (at.data_dir / config.LOCAL_FILE).exists():
        stamp = clock.now().strftime("%Y%m%d-%H%M%S")
        old = at.servers.rename(at.servers.with_name(f"{at.servers.name}-before-{stamp}"))
        say(f"The data folder is new. The database that belonged to its forerunner was moved to {old}.")
    return at


def check_kept(at: Places) -> None:
    """Refuse a database whose secrets are gone: new ones would open nothing and sign nothing."""
    if not (at.postgres / "data").exists():
        return
    for name in (config.LOCAL_FILE, config.ADMIN_FILE):
        if not (at.data_dir / name).exists():
            raise SetupError(
                f"{at.data_dir / name} is missing, and holds the secrets of the database in {at.postgres}. "
                "Restore it from a backup, or move the data folder away."
            )


def make_all(at: Places) -> None:
    """Make the folders of a local run where missing."""
    me = owner.me()
    try:
        for folder in (at.log, at.run):
            me.make_folder(folder)
        if at.is_moved:
            _make_system_folder(at.servers)
    except OSError as error:
        raise SetupError(f"{error.filename} can't be used: {reason(error)}.") from error


def _make_system_folder(servers: Path) -> None:
    for folder in (places.SYSTEM_FOLDER, servers.parent, servers):
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        folder.chmod(0o755 if folder == places.SYSTEM_FOLDER else 0o711)
    say(f"The database server's user can't enter this folder, so the database and its programs are kept in {servers}.")


def say(sentence: str) -> None:
    """Tell the person who started us."""
    print(sentence, flush=True)


def reason(error: OSError) -> str:
    """Why a file or folder can't be used, to end a sentence with."""
    reasons = {
        errno.EEXIST: "it is a file, not a folder",
        errno.ENOTDIR: "it is a file, not a folder",
        errno.EACCES: "this user may not write there",
        errno.EROFS: "it is read-only",
        errno.ENOSPC: "the disk is full",
    }
    return reasons.get(error.errno or 0, os.strerror(error.errno or 0).lower())
