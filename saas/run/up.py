"""`saas up`: everything on one machine.

It looks first and starts nothing: a value that doesn't fit, a port in use, a broken data folder or a second start is
one sentence. Then it starts supervisord over all processes, has the database migrated, opens the doors, says where they
are, and waits to be stopped.
"""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from saas import config
from saas.config import Config
from saas.demo import signins
from saas.errors import SetupError
from saas.run import folder, local, places, ports, postgres, processes, redis, versions
from saas.run.places import Places
from saas.run.postgres import Postgres
from saas.run.redis import Redis
from saas.run.supervisor import Program, Supervisor

SETUP: tuple[tuple[str, ...], ...] = (
    ("migrate",),
    ("demo", "--fill"),
)  # commands before the doors open, each safe to run at every start
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
        with folder.alone(settings):
            run = _look(env, settings)
            _serve(run)
    except StopRequested:
        pass
    return 0


def _serve(run: Run) -> NoReturn:
    supervisor = Supervisor(run.at, _programs(run))
    try:
        folder.say("Starting Seaport …")
        _start_servers(run, supervisor)
        _set_up(run)
        supervisor.start("web")
        _wait_until_ready(run, supervisor)
        for name in ("scheduler", "worker"):  # after it, for somebody waits for the page
            supervisor.start(name)
        folder.say(f"Seaport is ready: {run.config.public_url}\n{_sign_ins(run)}Ctrl-C stops it.")
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


def _look(env: dict[str, str], settings: Config) -> Run:
    """Check everything that can be checked before a process is started."""
    ports.check(settings.host, settings.port)
    at = places.of(settings.data_dir)
    kept = local.secrets_of(settings.data_dir)
    has_own_database = not any(env.get(name) for name in local.DATABASE_VARIABLES)
    server = store = None
    if has_own_database:
        at = folder.set_aside(at)
        folder.check_kept(at)
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
    folder.make_all(at)
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


def _check_database(env: Mapping[str, str]) -> None:
    for name in ("DATABASE_ADMIN_URL", "DATABASE_URL"):
        if env.get(name):
            # The app's own role may not exist before the first migration, which the admin's address makes.
            postgres.version_at(env[name], name)
            return


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
        run.postgres.wait(log=run.at.log / "postgres.log")
        postgres.ensure_database(run.postgres.url(), local.DATABASE)
    if run.redis:
        run.redis.wait(log=run.at.log / "redis.log")


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
        folder.say("DATABASE_ADMIN_URL is not set: the database is used as it is. After an update run `saas migrate`.")
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
