"""supervisord over the processes of a local run: settings, start, questions, end."""

from __future__ import annotations

import configparser
import http.client
import os
import secrets
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xmlrpc.client import Error as RpcError
from xmlrpc.client import ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from saas.errors import SetupError
from saas.run import owner, places
from saas.run.places import Places
from saas.run.postgres import CHILD

TRIES = 3  # starts, each a second later than the last, before supervisord rests and `revive` has its turn
LOG_SIZE = "10MB"
LOG_COUNT = 5


@dataclass(frozen=True)
class Program:
    """One program under supervision."""

    name: str
    command: Sequence[str]
    stop: signal.Signals = signal.SIGTERM
    patience: int = 2  # s between that signal and SIGKILL
    waits: bool = False  # True: started by `start`, not with the supervisor
    count: int = 1
    settles: int = 1  # s; one that ends sooner has failed to start, and the next try waits longer


class Supervisor:
    """A supervisord that we started."""

    def __init__(self, at: Places, programs: Sequence[Program]) -> None:
        """Args: at: where its files go; programs: in the order of starting, which reversed is that of stopping."""
        self.programs = {program.name: program for program in programs}
        self._at = at
        self._password = secrets.token_urlsafe(24)
        self._socket = places.socket_folder(at.run, owner.me()) / "supervisor.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def launch(self, env: Mapping[str, str]) -> None:
        """Start it, and with it every program that doesn't wait, with the environment `env`."""
        me = owner.me()
        file = me.write(self._at.run / "supervisord.conf", self._settings())
        self._socket.unlink(missing_ok=True)
        start = [sys.executable, "-I", "-S", str(CHILD), f"--lock={self._at.run / 'lock'}", f"--parent={os.getpid()}"]
        run = [sys.executable, "-m", "supervisor.supervisord", "-c", str(file)]
        self._process = subprocess.Popen(
            [*start, "--", *run],
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C at the terminal is ours to answer
        )
        self._wait_for_socket()

    def start(self, name: str) -> None:
        """Start a program that waits."""
        for process in self._names(name):
            self._ask("startProcess", process, False)

    def states(self) -> dict[str, str]:
        """The state of every process, in supervisord's words; empty when it doesn't answer."""
        try:
            return {row["name"]: row["statename"] for row in self._ask("getAllProcessInfo")}
        except (OSError, RpcError, http.client.HTTPException):
            return {}

    def revive(self) -> None:
        """Start again what supervisord has given up on."""
        for name, state in self.states().items():
            if state == "FATAL":
                program = name.rstrip("0123456789").rstrip("_")
                self._ask("startProcess", f"{program}:{name}", False)

    def end(self, timeout: float) -> None:
        """Have it stop every program in order, then itself; waits up to `timeout` (s)."""
        deadline = time.monotonic() + timeout
        if self._process and self._process.poll() is None:
            self._process.terminate()
        while not self.has_ended(0.05) and time.monotonic() < deadline:
            self.states()  # each question turns its loop, which else takes a second's rest between programs

    def has_ended(self, timeout: float = 0) -> bool:
        """True once it is gone; waits up to `timeout` (s) for that."""
        if self._process is None:
            return True
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _names(self, name: str) -> list[str]:
        return [f"{name}:{name}_{number}" for number in range(self.programs[name].count)]

    def _ask(self, verb: str, *words: Any) -> Any:
        transport: Any = SupervisorTransport("seaport", self._password, f"unix://{self._socket}")
        with ServerProxy("http://supervisor", transport) as proxy:  # the address is the transport's
            return getattr(proxy.supervisor, verb)(*words)

    def _wait_for_socket(self) -> None:
        deadline = time.monotonic() + 15  # an earlier one may still be stopping its programs
        while not self.states():
            if self.has_ended() or time.monotonic() > deadline:
                raise SetupError(f"The supervisor doesn't start. {self._at.log / 'supervisor.log'} says why.")
            time.sleep(0.03)

    def _settings(self) -> str:
        out = configparser.RawConfigParser()
        out["supervisord"] = {
            "nodaemon": "true",
            "silent": "true",
            "logfile": _plain(self._at.log / "supervisor.log"),
            "logfile_maxbytes": LOG_SIZE,
            "logfile_backups": "2",
            "pidfile": _plain(self._at.run / "supervisord.pid"),
            "childlogdir": _plain(self._at.log),
            "umask": "077",
            "identifier": "seaport",
        }
        if os.geteuid() == 0:
            out["supervisord"]["user"] = "root"
        out["unix_http_server"] = {
            "file": _plain(self._socket),
            "chmod": "0600",
            "username": "seaport",
            "password": self._password,
        }
        out["rpcinterface:supervisor"] = {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        }
        for number, program in enumerate(self.programs.values(), start=1):
            out[f"program:{program.name}"] = self._section(program, number)
        lines = []
        for section in out.sections():
            lines += [f"[{section}]", *(f"{name}={value}" for name, value in out[section].items()), ""]
        return "\n".join(lines)

    def _section(self, program: Program, number: int) -> dict[str, str]:
        log = f"{_plain(self._at.log)}/{program.name}{'' if program.count == 1 else '_%(process_num)d'}.log"
        return {
            "command": shlex.join(_plain(word) for word in program.command),
            "process_name": f"{program.name}_%(process_num)d",
            "numprocs": str(program.count),
            "priority": str(number),
            "autostart": str(not program.waits).lower(),
            "autorestart": "true",
            "startsecs": str(program.settles),
            "startretries": str(TRIES),
            "stopsignal": program.stop.name.removeprefix("SIG"),
            "stopwaitsecs": str(program.patience),
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": log,
            "stdout_logfile_maxbytes": LOG_SIZE,
            "stdout_logfile_backups": str(LOG_COUNT),
        }


def _plain(word: Path | str) -> str:
    """A word as supervisord's settings take it: they read `%` as the start of a name."""
    return str(word).replace("%", "%%")
