"""supervisord over programs of ours: small ones here, the real ones in `test_up.py`."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from saas.run import owner, processes
from saas.run.places import Places
from saas.run.supervisor import Program, Supervisor

PROGRAM = """
import pathlib, signal, sys, time
name, book, manner = sys.argv[1:]
def write(word):
    with open(book, "a") as file:
        file.write(f"{word} {name}\\n")
def stop(*_):
    if manner == "stubborn":
        return
    time.sleep(0.2)
    write("stopped")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
write("started")
if manner == "broken":
    sys.exit(3)
while True:
    time.sleep(1)
"""


def until(true: Callable[[], object], seconds: float = 20) -> bool:
    """Wait for something to come true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return False


class TestSupervisor:
    @pytest.fixture
    def at(self, open_folder: Path) -> Places:
        me = owner.me()
        for name in ("log", "run"):
            me.make_folder(open_folder / name)
        return Places(open_folder, open_folder, me)

    @pytest.fixture
    def launch(self, at: Places) -> Iterator[Callable[..., Supervisor]]:
        made: list[Supervisor] = []

        def launch(*programs: Program) -> Supervisor:
            made.append(Supervisor(at, programs))
            made[-1].launch(os.environ)
            return made[-1]

        yield launch
        for supervisor in made:
            supervisor.end(10)

    def program(self, at: Places, name: str, manner: str = "good", **more: object) -> Program:
        script = at.data_dir / "program.py"
        script.write_text(PROGRAM)
        command = [sys.executable, str(script), name, str(at.data_dir / "book"), manner]
        return Program(name, command, **more)

    def book(self, at: Places) -> list[str]:
        book = at.data_dir / "book"
        return book.read_text().splitlines() if book.exists() else []

    def test_stops_the_last_first_and_waits_for_each(self, at, launch):
        names = ["base", "middle", "top"]
        supervisor = launch(*(self.program(at, name) for name in names))
        assert until(lambda: len(self.book(at)) == 3)
        supervisor.end(10)
        assert self.book(at)[3:] == ["stopped top", "stopped middle", "stopped base"]

    def test_starts_what_waits_when_told(self, at, launch):
        supervisor = launch(self.program(at, "base"), self.program(at, "later", waits=True, count=2))
        assert until(lambda: self.book(at) == ["started base"])
        supervisor.start("later")
        assert until(lambda: self.book(at).count("started later") == 2)

    def test_starts_again_what_was_killed(self, at, launch):
        supervisor = launch(self.program(at, "base"))
        assert until(lambda: self.book(at) == ["started base"])
        os.kill(processes.descendants(supervisor.pid)[0], signal.SIGKILL)
        assert until(lambda: self.book(at) == ["started base", "started base"])

    def test_tries_again_even_after_giving_up(self, at, launch):
        supervisor = launch(self.program(at, "broken", "broken"))
        assert until(lambda: supervisor.states() == {"broken_0": "FATAL"})
        before = len(self.book(at))
        supervisor.revive()
        assert until(lambda: len(self.book(at)) > before)

    def test_kills_what_does_not_listen(self, at, launch):
        supervisor = launch(self.program(at, "stubborn", "stubborn", patience=1))
        assert until(lambda: self.book(at) == ["started stubborn"])
        below = processes.descendants(supervisor.pid)
        supervisor.end(10)
        assert supervisor.has_ended()
        assert not [pid for pid in below if processes.is_alive(pid)]

    def test_only_its_owner_may_talk_to_it(self, at, launch):
        supervisor = launch(self.program(at, "base"))
        assert (at.run / "supervisord.conf").stat().st_mode & 0o777 == 0o600
        assert (at.run / "supervisor.sock").stat().st_mode & 0o077 == 0
        supervisor._password = "guess"
        assert supervisor.states() == {}
