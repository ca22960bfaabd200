"""`saas up`: everything on one machine.

It looks first and starts nothing: a value that doesn't fit, a port in use, a broken data folder or a second start is
one sentence. Then it starts supervisord over all processes, has the database migrated, opens the doors, says where they
are, and waits to be stopped.
"""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from saas import clock, config
from saas.config import Config
from saas.demo import signins
from saas.errors import SetupError
from saas.run import local, owner, places, postgres, processes, redis, versions
from saas.run.places import Places
from saas.run.postgres import Postgres
from saas.run.redis import Redis
from saas.run.supervisor import Program, Supervisor

SETUP: tuple[tuple[str, ...], ...] = (
    ("migrate",),
    ("demo", "--fill"),
)  # commands before the doors open, each safe to run at every start
DATABASE_VARIABLES = ("DATABASE_URL", "DATABASE_PLATFORM_URL", "DATABASE_ADMIN_URL")
WORKERS = 2
READY_WITHIN = 60.0  # s
FAILED = {"BACKOFF", "EXITED", "FATAL"}  # what supervisord calls a process that ended by itself
STOP_WITHIN = 8.0  # s, then what is left is killed
SETTLES = 15  # s; loading alone takes a busy machine some of them
LOOK_EVERY = 5.0  # s between looks at what supervisord has given up on


class StopRequested(BaseException):
    """SIGINT, SIGTERM or SIGHUP came."""


@dataclass
class Run:
    """What a start has looked at and found fit."""

    env: dict[str, str]
    config: Config
    at: Places
    kept: dict[str, Any]
    postgres: Postgres | None  # None: the environment names a server
    redis: Redis | None


def up(environ: Mapping[str, str] | None = None) -> int:
    """Run everything until asked to stop; 0 after that.

    Raises:
        SetupError: something doesn't fit; nothing is left running.
    """
    env = dict(os.environ if environ is None else environ)
    processes.adopt_orphans()
    _on_signals(_stop)
    try:
        settings = config.load(env, kept={"local": True})
        with _alone(settings):
            run = _look(env, settings)
            _serve(run)
    except StopRequested:
        pass
    return 0


def _serve(run: Run) -> NoReturn:
    supervisor = Supervisor(run.at, _programs(run))
    try:
        _say("Starting Seaport …")
        _start_servers(run, supervisor)
        _set_up(run)
        supervisor.start("web")
        _wait_until_ready(run, supervisor)
        for name in ("scheduler", "worker"):  # after it, for somebody waits for the page
            supervisor.start(name)
        _say(f"Seaport is ready: {run.config.public_url}\n{_sign_ins(run)}Ctrl-C stops it.")
        _watch(supervisor)
    finally:
        _on_signals(signal.SIG_IGN)
        _end(supervisor)


def _sign_ins(run: Run) -> str:
    """The demo sign-ins, for the one who started us on his own machine; nobody else's screen shows passwords."""
    if not config.is_loopback(run.config.host):
        return ""
    rows = signins.table(run.config)
    lines = [f"  {row['url']:<46} {row['role']:<9} {row['email']:<30} {row['password']}" for row in rows]
    return "\n".join(["Demo workspaces to look around in:", *lines, ""])


def _watch(supervisor: Supervisor) -> NoReturn:
    while True:
        if supervisor.has_ended(LOOK_EVERY):
            raise SetupError("The supervisor ended by itself. Its log in the data folder says why.")
        processes.reap(keep=supervisor.pid)
        with suppress(OSError):
            supervisor.revive()


def _end(supervisor: Supervisor) -> None:
    supervisor.end(STOP_WITHIN)
    processes.kill_descendants()


# --- looking -------------------------------------------------------------------------------------------------------


@contextmanager
def _alone(settings: Config) -> Iterator[None]:
    """Hold the data folder; made where missing."""
    folder = settings.data_dir
    try:
        owner.make_own_folder(folder)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise SetupError(
            f"The data folder {folder} can't be used: {_reason(error)}. Mend it, or set SAAS_DATA_DIR to another."
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


def _look(env: dict[str, str], settings: Config) -> Run:
    """Check everything that can be checked before a process is started."""
    _check_port(settings)
    at = places.of(settings.data_dir)
    kept = local.secrets_of(settings.data_dir)
    has_own_database = not any(env.get(name) for name in DATABASE_VARIABLES)
    server = store = None
    if has_own_database:
        at = _set_aside(at)
        _check_kept(at)
        server = Postgres(at.postgres, local.superuser_password(at.data_dir), at.owner)
        server.check()
        postgres.binary("postgres", at.owner)
    else:
        local.given(env, kept)
        _check_database(env)
    if env.get("REDIS_URL"):
        redis.version_at(env["REDIS_URL"])
    else:
        store = Redis(at.redis, kept["redis_password"], at.owner)
        redis.binary(at.owner)
    _make_folders(at)
    return Run(env, settings, at, _keep(env, settings, kept, server, store), server, store)


def _keep(
    env: Mapping[str, str], settings: Config, kept: dict[str, Any], server: Postgres | None, store: Redis | None
) -> dict[str, Any]:
    """Write down how other commands find this run; what the environment gave stays there alone."""
    found = local.embedded(server, kept) if server else local.given(env, kept)
    fresh = {
        "port": settings.port,
        "public_url": settings.public_url,
        "database_url": found.database_url,
        "platform_url": found.platform_url,
        "admin_url": found.admin_url,
        "redis_url": store.url() if store else "",
    }
    kept = {name: kept[name] for name in local.SECRETS} | fresh
    local.keep(settings.data_dir, kept, server.password if server else "")
    return kept


def _check_port(settings: Config) -> None:
    host, port = settings.host, settings.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(found[0], found[1]) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(found[4])
    except socket.gaierror:
        raise SetupError(f"HOST is {host!r}, which names no address. Use 127.0.0.1, or 0.0.0.0 for all.") from None
    except OSError as error:
        raise SetupError(_port_refused(error, host, port)) from error


def _port_refused(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by another program. Stop it, or choose another port: PORT={port + 1}."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"HOST is {host!r}, which is not an address of this machine. Use 127.0.0.1, or 0.0.0.0 for all."
    if error.errno == errno.EACCES:
        return f"Port {port} may be opened by root only. Choose one above 1023, such as PORT=8000."
    return f"Port {port} on {host} can't be opened: {_reason(error)}."


def _check_database(env: Mapping[str, str]) -> None:
    for name in ("DATABASE_ADMIN_URL", "DATABASE_URL"):
        if env.get(name):
            # The app's own role may not exist before the first migration, which the admin's address makes.
            postgres.version_at(env[name], name)
            return


def _set_aside(at: Places) -> Places:
    """Move away the database of a data folder that was deleted, where it lies outside of it."""
    if at.is_moved and at.servers.is_dir() and not (at.data_dir / config.LOCAL_FILE).exists():
        stamp = clock.now().strftime("%Y%m%d-%H%M%S")
        old = at.servers.rename(at.servers.with_name(f"{at.servers.name}-before-{stamp}"))
        _say(f"The data folder is new. The database that belonged to its forerunner was moved to {old}.")
    return at


def _check_kept(at: Places) -> None:
    """Refuse a database whose secrets are gone: new ones would open nothing and sign nothing."""
    if not (at.postgres / "data").exists():
        return
    for name in (config.LOCAL_FILE, config.ADMIN_FILE):
        if not (at.data_dir / name).exists():
            raise SetupError(
                f"{at.data_dir / name} is missing, and holds the secrets of the database in {at.postgres}. "
                "Restore it from a backup, or move the data folder away."
            )


def _make_folders(at: Places) -> None:
    me = owner.me()
    try:
        for folder in (at.log, at.run):
            me.make_folder(folder)
        if at.is_moved:
            _make_system_folder(at.servers)
    except OSError as error:
        raise SetupError(f"{error.filename} can't be used: {_reason(error)}.") from error


def _make_system_folder(servers: Path) -> None:
    for folder in (places.SYSTEM_FOLDER, servers.parent, servers):
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        folder.chmod(0o755 if folder == places.SYSTEM_FOLDER else 0o711)
    _say(f"The database server's user can't enter this folder, so the database and its programs are kept in {servers}.")


# --- starting ------------------------------------------------------------------------------------------------------


def _programs(run: Run) -> list[Program]:
    """All programs in the order of starting; the last is stopped first."""
    found = []
    saas = [sys.executable, "-m", "saas.cli"]
    if run.postgres:
        found.append(Program("postgres", run.postgres.command(), stop=signal.SIGINT, patience=4))
    if run.redis:
        found.append(Program("redis", run.redis.command()))
    return [
        *found,
        Program("scheduler", [*saas, "scheduler"], waits=True, settles=SETTLES),
        Program("worker", [*saas, "worker"], patience=3, waits=True, settles=SETTLES, count=WORKERS),
        Program("web", [*saas, "web"], patience=3, waits=True, settles=SETTLES),
    ]


def _start_servers(run: Run, supervisor: Supervisor) -> None:
    if run.postgres:
        run.postgres.prepare()
    if run.redis:
        run.redis.prepare()
    supervisor.launch(_children_environment(run))
    if run.postgres:
        run.postgres.wait()
        postgres.ensure_database(run.postgres.url(), local.DATABASE)
    if run.redis:
        run.redis.wait()


def _children_environment(run: Run) -> dict[str, str]:
    """What the processes are told: never the address that may create roles."""
    env = {name: value for name, value in run.env.items() if name != "DATABASE_ADMIN_URL"}
    return env | _where(run)


def _where(run: Run) -> dict[str, str]:
    return {
        "SAAS_DATA_DIR": str(run.at.data_dir),
        "HOST": run.config.host,
        "PORT": str(run.config.port),
        "PYTHONUNBUFFERED": "1",
    }


def _set_up(run: Run) -> None:
    """Run the commands that a start begins with; what one of them refuses is our own refusal."""
    has_admin = run.postgres is not None or bool(run.env.get("DATABASE_ADMIN_URL"))
    if not has_admin:
        _say("DATABASE_ADMIN_URL is not set: the database is used as it is. After an update run `saas migrate`.")
    sign_ins = f"{run.kept['database_url']} {run.kept['platform_url']}"
    mark = versions.Mark(run.postgres, local.DATABASE, sign_ins) if run.postgres else None
    for words in SETUP:
        if words == ("migrate",) and (not has_admin or (mark and mark.is_current())):
            continue
        if words[0] == "demo" and signins.is_filled(run.config.data_dir):
            continue
        _run_to_its_end(run, words)
    if mark:
        mark.write()


def _run_to_its_end(run: Run, words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "saas.cli", *words],
        env=run.env | _where(run),
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        _refuse_set_up(run, words, done.stderr)


def _refuse_set_up(run: Run, words: tuple[str, ...], said: str) -> NoReturn:
    log = run.at.log / "setup.log"
    log.write_text(said)
    where = f" All it said is in {log}." if len(said.strip().splitlines()) > 1 else ""
    raise SetupError(f"`saas {' '.join(words)}` did not succeed: {_sentence(said)}{where}")


def _wait_until_ready(run: Run, supervisor: Supervisor) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not _is_ready(run.config):
        has_failed = supervisor.states().get("web_0") in FAILED
        if has_failed or supervisor.has_ended() or time.monotonic() > deadline:
            log = run.at.log / "web.log"
            raise SetupError(f"The web process doesn't get ready: {_last_line(log)} The whole of it is in {log}.")
        time.sleep(0.1)


def _is_ready(settings: Config) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(host, settings.port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": urlsplit(settings.public_url).netloc})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


# --- small things --------------------------------------------------------------------------------------------------


def _on_signals(answer: Any) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, answer)


def _stop(_number: int, _frame: object) -> NoReturn:
    _on_signals(signal.SIG_IGN)
    raise StopRequested


def _say(sentence: str) -> None:
    print(sentence, flush=True)


def _last_line(log: Path) -> str:
    """What a process said last in words of its own, leaving out its log lines."""
    with suppress(OSError):
        said = log.read_text(errors="replace").splitlines()
        return _sentence("\n".join(line for line in said if not line.startswith("{")))
    return "it ended without a word."


def _sentence(said: str) -> str:
    """The refusal at the end of what a process said, or the error that its traceback names."""
    lines = [line for line in said.splitlines() if line.strip()]
    named = [line for line in lines if re.match(r"[\w.]+: \S", line)] if "Traceback" in said else []
    return (named or lines or ["it ended without a word."])[-1]


def _reason(error: OSError) -> str:
    reasons = {
        errno.EEXIST: "it is a file, not a folder",
        errno.ENOTDIR: "it is a file, not a folder",
        errno.EACCES: "this user may not write there",
        errno.EROFS: "it is read-only",
        errno.ENOSPC: "the disk is full",
    }
    return reasons.get(error.errno or 0, os.strerror(error.errno or 0).lower())
