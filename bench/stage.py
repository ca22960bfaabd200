"""What a run needs before it can measure: servers of its own, workspaces full of customers, and the web processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from saas import config
from saas.config import Config
from saas.run import local, owner, places, postgres, processes
from saas.run.postgres import Postgres
from saas.run.redis import Redis

ROOT = Path(__file__).parents[1]
OURS = ("DATABASE_", "REDIS_", "SAAS_", "SECRET_KEY", "STRIPE_", "SMTP_", "TRUSTED_")
EMAIL, PASSWORD = "load-portal@example.com", "seven quiet herons at dusk"


@dataclass(frozen=True)
class Size:
    """How much a workspace holds, and how many there are; `seed` names them load-SEED-1 …"""

    seed: int
    tenants: int
    accounts: int

    @property
    def cases(self) -> int:
        """Cases of each workspace."""
        return self.accounts // 5

    @property
    def words(self) -> str:
        """As people say it."""
        return f"{self.tenants:,} × {self.accounts:,}"

    def slug(self, number: int = 1) -> str:
        """One of its workspaces."""
        return f"load-{self.seed}-{number}"


class Stage:
    """The data folder of the benchmark, and the environment of the commands that work in it."""

    def __init__(self, folder: Path, port: int) -> None:
        owner.make_own_folder(folder)
        self.folder = folder
        self.port = port
        env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self.env = env | {"SAAS_DATA_DIR": str(folder), "PORT": str(port), "PYTHONPATH": str(ROOT)}

    @contextmanager
    def servers(self) -> Iterator[None]:
        """The embedded database and Redis, set as `saas up` sets them, and migrated."""
        at = places.of(self.folder)
        if at.is_moved:
            for folder in (places.SYSTEM_FOLDER, at.servers.parent, at.servers):
                folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        kept = local.secrets_of(self.folder)
        database = Postgres(at.postgres, local.superuser_password(self.folder), at.owner)
        store = Redis(at.redis, kept["redis_password"], at.owner)
        found = local.embedded(database, kept)
        addresses = {
            "port": self.port,
            "public_url": f"http://127.0.0.1:{self.port}",
            "database_url": found.database_url,
            "platform_url": found.platform_url,
            "admin_url": found.admin_url,
            "redis_url": store.url(),
        }
        local.keep(self.folder, kept | addresses, database.password)
        with database, store:
            postgres.ensure_database(database.url(), local.DATABASE)
            self.saas("migrate")
            yield

    def config(self) -> Config:
        """The settings of the run, the admin's address among them."""
        return config.load(self.env, with_admin=True)

    def saas(self, *words: str) -> str:
        """One command of Seaport, to its end; what it said is shown and returned."""
        said = []
        run = [sys.executable, "-m", "saas.cli", *words]
        with subprocess.Popen(run, cwd=ROOT, env=self.env, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout or ():
                print(line, end="", flush=True)
                said.append(line)
        if process.returncode:
            raise SystemExit(f"saas {' '.join(words)} was refused.")
        return "".join(said)

    def reader(self, size: Size) -> tuple[str, str]:
        """Mail address and password of the member whose sessions are measured."""
        words = self._reader(size).read_text().split()
        return words[3], words[5]

    def _reader(self, size: Size) -> Path:
        return self.folder / f"reader-{size.seed}"

    def fill(self, size: Size) -> None:
        """Load the workspaces of a size, unless an earlier run did, and let the database look at them."""
        done = self.folder / f"loaded-{size.seed}"
        if done.exists() and done.read_text() == size.words:
            return
        words: dict[str, int] = {
            "tenants": size.tenants,
            "accounts": size.accounts,
            "cases": size.cases,
            "seed": size.seed,
        }
        options = [part for name, value in words.items() for part in (f"--{name}", str(value))]
        self._reader(size).write_text(self.saas("load-test-data", *options).splitlines()[-1])
        with psycopg.connect(postgres.dsn(self.config().admin_url), autocommit=True) as admin:
            admin.execute("vacuum (analyze)")
            admin.execute("checkpoint")
        done.write_text(size.words)

    def let_in(self, size: Size) -> None:
        """A customer who may file complaints in the first workspace; once."""
        done = self.folder / f"let-in-{size.seed}"
        if not done.exists():
            person = ("--kind", "customer", "--account", "Bench Customer", "--email", EMAIL, "--password", PASSWORD)
            self.saas("portal-user", "create", size.slug(), *person)
            done.touch()

    @contextmanager
    def web(self) -> Iterator[int]:
        """`saas web` as in production; yields its process id."""
        with self._process([sys.executable, "-m", "saas.cli", "web"], self.port, {"WEB_PROCESSES": "2"}) as pid:
            yield pid

    @contextmanager
    def floor(self, port: int, facts: str) -> Iterator[int]:
        """The floor with as many processes and threads; yields its process id.

        Args:
            port: where it answers.
            facts: JSON of what it must know of the workspace.
        """
        granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "2"]
        run = [*granian, "--port", str(port), "--no-ws", "--log-level", "warning", "bench.floor:app"]
        more = {"DATABASE_URL": postgres.dsn(self.config().database_url), "FLOOR_FACTS": facts}
        with self._process(run, port, more) as pid:
            yield pid

    @contextmanager
    def _process(self, run: list[str], port: int, more: dict[str, str]) -> Iterator[int]:
        log = (self.folder / f"web-{port}.log").open("ab")
        with ExitStack() as stack:
            stack.enter_context(log)
            process = subprocess.Popen(run, cwd=ROOT, env=self.env | more, stdout=log, stderr=log)
            stack.callback(postgres.end, process, signal.SIGTERM, 10.0)
            _wait(port, process, self.folder / f"web-{port}.log")
            yield process.pid


def memory(pid: int) -> list[float]:
    """The PSS of a process and of each of its descendants, MiB."""
    found = []
    for each in (pid, *processes.descendants(pid)):
        lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
        found.append(sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024)
    return found


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
        except (urllib.error.URLError, OSError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"A web server doesn't start; see {log}.") from error
            time.sleep(0.1)
        else:
            return
