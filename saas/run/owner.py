"""Who runs the database server and Redis, and which folders that user can reach.

PostgreSQL refuses to run as root, so root hands both servers to a service user. No mode of a folder outside Seaport's
own is changed for it: what the user can't reach is put elsewhere.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from saas.errors import SetupError

SERVICE_USER = "seaport"
FALLBACK_USER = "nobody"


@dataclass(frozen=True)
class Owner:
    """A user of this machine, by number."""

    uid: int
    gid: int

    @property
    def is_me(self) -> bool:
        """True when no change of user is needed."""
        return self.uid == os.geteuid()

    def can_enter(self, folder: Path) -> bool:
        """True when this user can reach what lies in `folder`, by the modes of it and of every folder above it.

        Folders that do not exist yet are taken for open: they will be ours.
        """
        folder = Path(os.path.realpath(folder))
        return all(self._may(place, 1) for place in (folder, *folder.parents) if place.exists())

    def can_read(self, file: Path) -> bool:
        """True when this user can open `file`."""
        return self.can_enter(file.parent) and self._may(file, 4)

    def _may(self, place: Path, bit: int) -> bool:
        if self.uid == 0:
            return True
        info = place.stat()
        if info.st_uid == self.uid:
            return bool(info.st_mode & bit << 6)
        return bool(info.st_mode & (bit << 3 if info.st_gid == self.gid else bit))

    def make_folder(self, folder: Path, mode: int = 0o700) -> Path:
        """Make `folder` where missing, as this user's and with `mode`; folders above it are made as the caller's."""
        if not folder.is_dir():
            make_own_folder(folder.parent)
            folder.mkdir(exist_ok=True)
        self.give(folder, mode)
        return folder

    def write(self, file: Path, text: str) -> Path:
        """Write `text` to a new file that only this user reads; a link under its name is not followed."""
        file.unlink(missing_ok=True)
        fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as out:
            out.write(text)
            if self.uid != os.geteuid():
                os.fchown(out.fileno(), self.uid, self.gid)
        return file

    def give(self, path: Path, mode: int) -> None:
        """Make one of Seaport's own files or folders this user's, with `mode`."""
        info = path.lstat()
        if info.st_uid != self.uid:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
        if stat.S_IMODE(info.st_mode) != mode:
            path.chmod(mode)


def me() -> Owner:
    """The user who runs this process."""
    return Owner(os.geteuid(), os.getegid())


def of_servers(data: Path) -> Owner:
    """Who runs the embedded servers: ourselves, or for root a user without rights.

    Args:
        data: a folder of the servers; where it exists and isn't root's, its owner goes on with it.
    """
    if os.geteuid() != 0:
        return me()
    if data.is_dir():
        info = data.stat()
        if info.st_uid != 0:
            return Owner(info.st_uid, info.st_gid)
    return _service_user()


def make_own_folder(folder: Path) -> None:
    """Make `folder` where missing; root leaves a way through it for the servers' user."""
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


def _service_user() -> Owner:
    found = _known(SERVICE_USER) or _made() or _known(FALLBACK_USER)
    if found is None or found.uid == 0:
        raise SetupError(
            "PostgreSQL can't run as root, and no user could be made for it. "
            f"Run `useradd --system {SERVICE_USER}` first, or start Seaport as an ordinary user."
        )
    return found


def _known(name: str) -> Owner | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Owner(entry.pw_uid, entry.pw_gid)


def _made() -> Owner | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return None
    command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    subprocess.run([*command, "--shell", "/usr/sbin/nologin", SERVICE_USER], check=False, capture_output=True)
    return _known(SERVICE_USER)
