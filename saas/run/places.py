"""Where a local run keeps its files, and how long a name a socket may have."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from saas.errors import SetupError
from saas.run import owner
from saas.run.owner import Owner

SYSTEM_FOLDER = Path("/var/lib/seaport")
LONGEST_SOCKET = 107  # bytes, the kernel's limit
LONGEST_NAME = len("/supervisor.sock.4194304")  # supervisord binds under its process id first


@dataclass(frozen=True)
class Places:
    """The folders of one local run."""

    data_dir: Path
    servers: Path  # holds postgres/ and redis/; in the data folder where the servers' user can reach that
    owner: Owner  # of the servers

    @property
    def log(self) -> Path:
        """Logs of all processes."""
        return self.data_dir / "log"

    @property
    def run(self) -> Path:
        """The supervisor's own files."""
        return self.data_dir / "run"

    @property
    def postgres(self) -> Path:
        """Everything of the database server."""
        return self.servers / "postgres"

    @property
    def redis(self) -> Path:
        """Everything of Redis."""
        return self.servers / "redis"

    @property
    def is_moved(self) -> bool:
        """True when the servers' files lie outside the data folder."""
        return self.servers != self.data_dir


def of(data_dir: Path) -> Places:
    """The places of the local run in `data_dir`; for root this makes the service user where there is none.

    Raises:
        SetupError: a database lies in the data folder, and its user can no longer reach it.
    """
    elsewhere = SYSTEM_FOLDER / "data" / f"{data_dir.name}-{_mark(data_dir)}"
    for servers in (data_dir, elsewhere):
        if (servers / "postgres" / "data").is_dir():
            runner = owner.of_servers(servers / "postgres" / "data")
            if not runner.is_me and not runner.can_enter(servers):
                raise SetupError(f"The database server's user can't enter {servers}. Open the folders above it again.")
            return Places(data_dir, servers, runner)
    runner = owner.of_servers(data_dir / "postgres" / "data")
    is_open = runner.is_me or runner.can_enter(data_dir)
    return Places(data_dir, data_dir if is_open else elsewhere, runner)


def program(file: Path, keep: list[Path], user: Owner) -> Path:
    """A path under which `user` can run `file`: itself, or its like in a copy under `/var/lib`.

    Args:
        file: a program, inside `keep[0]`.
        keep: the folders it needs, side by side; their common parent becomes the copy's root.
        user: who will run it.
    """
    probe = [file, *(p for folder in keep for p in _samples(folder))]
    if user.is_me or all(user.can_read(p) for p in probe):
        return file
    root = keep[0].parent
    copy = SYSTEM_FOLDER / "programs" / _version(keep[0])
    if not copy.is_dir():
        _copy(keep, copy)
    return copy / file.relative_to(root)


def socket_folder(wanted: Path, user: Owner) -> Path:
    """A folder of `user`'s alone for sockets: `wanted`, or a short one in the machine's temporary folder.

    Raises:
        SetupError: somebody else holds the short folder's name.
    """
    if len(os.fsencode(wanted)) + LONGEST_NAME <= LONGEST_SOCKET:
        return user.make_folder(wanted)
    short = Path(tempfile.gettempdir()).absolute()
    if len(os.fsencode(short)) > 40 or not user.can_enter(short):
        short = Path("/tmp")  # noqa: S108 - the folder below is checked to be ours alone
    short /= f"seaport-{user.uid}-{_mark(wanted)}"
    try:
        short.mkdir(mode=0o700)
    except FileExistsError:
        info = short.lstat()
        if not stat.S_ISDIR(info.st_mode) or info.st_uid not in {user.uid, os.geteuid()}:
            raise SetupError(f"{short} belongs to somebody else. Remove it, or set TMPDIR to another folder.") from None
    user.give(short, 0o700)
    return short


def _mark(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]


def _version(package: Path) -> str:
    """The name and version of an installed package, as its folder of metadata tells."""
    found = next(package.parent.glob(f"{package.name}-*.dist-info"), package)
    return found.name.removesuffix(".dist-info")


def _samples(folder: Path) -> list[Path]:
    """One file of each sub-folder: pip gives all files of a package the same mode."""
    found = [next((p for p in sorted(place.iterdir()) if p.is_file()), None) for place in _folders(folder)]
    return [p for p in found if p is not None]


def _folders(folder: Path) -> list[Path]:
    return [folder, *(p for p in folder.rglob("*") if p.is_dir())]


def _copy(keep: list[Path], copy: Path) -> None:
    """Copy the folders as one step, so that a start that was cut off leaves no half."""
    try:
        for place in (SYSTEM_FOLDER, copy.parent):
            place.mkdir(mode=0o755, parents=True, exist_ok=True)
            place.chmod(0o755)
        made = Path(tempfile.mkdtemp(dir=copy.parent))
        for folder in keep:
            shutil.copytree(folder, made / folder.name, ignore=shutil.ignore_patterns("__pycache__", "include"))
        for path in (made, *made.rglob("*")):
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        made.rename(copy)
    except OSError as error:
        raise SetupError(
            f"The database server's programs can't be copied to {copy.parent} ({error.strerror}). "
            "Move the checkout out of root's home, or start Seaport as an ordinary user."
        ) from error
