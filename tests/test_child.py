"""The limited child: it does its work, ends whatever happens, and can't get out."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from saas import child
from saas.inside import walls
from tests import child_works

WORKS = str(Path(child_works.__file__))
START = [sys.executable, "-I", "-B", "-X", "utf8", WORKS]


@pytest.fixture(autouse=True)
def works(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work of this test, on both sides."""
    monkeypatch.setattr(child, "WORK", child.WORK | child_works.WORK)
    monkeypatch.setattr(child, "START", START)


@pytest.fixture
def honeypot() -> Iterator[tuple[str, list[str]]]:
    """A server of this machine, and who came."""
    came: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_listen, args=(server, came), daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}", came


def _listen(server: socket.socket, came: list[str]) -> None:
    while True:
        try:
            connection, address = server.accept()
        except OSError:
            return
        came.append(str(address))
        connection.close()


def _why(name: str, **asked: object) -> str:
    with pytest.raises(child.Stopped) as caught:
        child.run(name, b"", **asked)
    return caught.value.why


class TestRun:
    def test_brings_the_material_in_and_the_answer_out(self):
        assert child.run("echo", "客户".encode(), word="hi") == "客户".encode()
        assert list(child.stream("echo", b"\0\xff", word="hi")) == [{"word": "hi"}, b"\0\xff"]

    def test_takes_a_file_as_it_lies(self, tmp_path):
        (tmp_path / "big").write_bytes(b"x" * 3_000_000)
        assert len(child.run("echo", tmp_path / "big", word="")) == 3_000_000

    def test_knows_no_work_beyond_its_table(self):
        with pytest.raises(KeyError):
            child.run("os:system", b"")

    def test_gives_the_child_nothing_of_ours(self, monkeypatch):
        monkeypatch.setenv("SECRET_KEY", "hunter2" * 9)
        seen = child.run("look", b"")
        assert not set(seen["environment"]) - {"LC_CTYPE"}
        assert seen["folder"] == "/"
        assert not {"flask", "sqlalchemy", "saas.config"} & set(seen["loaded"])
        assert "hunter2" not in str(seen)

    def test_bounds_what_the_child_may_take(self):
        limits = child.run("look", b"")["limits"]
        work = child.WORK["look"]
        assert (limits["RLIMIT_AS"], limits["RLIMIT_CPU"]) == (work.memory, work.cpu) == (1 << 30, 25)
        assert (limits["RLIMIT_FSIZE"], limits["RLIMIT_CORE"]) == (0, 0)
        assert limits["RLIMIT_NOFILE"] <= 256

    def test_stands_still_while_the_caller_works(self):
        """A slow reader is no slow child."""
        got = []
        for number in child.stream("count", b"", to=6):
            got.append(number)
            time.sleep(0.7)
        assert got == [0, 1, 2, 3, 4, 5]

    def test_leaves_no_child_when_the_caller_loses_interest(self):
        parts = child.stream("count", b"", to=1_000_000)
        assert next(parts) == 0
        parts.close()
        assert child.run("echo", b"again", word="") == b"again"


class TestEnds:
    @pytest.mark.parametrize(
        ("name", "why"),
        [("burn", "time"), ("sleep", "time"), ("close", "time"), ("eat", "memory"), ("eat_data", "memory")],
    )
    def test_stops_what_takes_too_much(self, name, why):
        assert _why(name) == why

    def test_stops_an_endless_answer(self):
        assert _why("flood") == "answer"

    @pytest.mark.parametrize(
        ("how", "why"),
        [
            ("crash", "memory"),
            ("abort", "memory"),
            ("exit", "broken"),
            ("deep", "memory"),
            ("raise", "broken"),
            ("refuse", "rows"),
        ],
    )
    def test_survives_every_end_of_the_child(self, how, why):
        assert _why("end", how=how) == why
        assert child.run("echo", b"next", word="") == b"next"

    def test_says_nothing_of_the_material_in_the_log(self, caplog):
        assert _why("end", how="raise") == "broken"
        assert "customer" not in caplog.text + str([record.__dict__ for record in caplog.records])

    def test_ends_the_whole_group(self):
        parts = child.stream("fork", b"")
        pid = next(parts)
        with pytest.raises(child.Stopped):
            next(parts)
        _wait_until_gone(pid)

    def test_dies_with_the_process_that_started_it(self, tmp_path):
        script = tmp_path / "parent.py"
        script.write_text(
            f"import sys; sys.path.insert(0, {str(Path(WORKS).parents[1])!r})\n"
            "from saas import child; from tests import child_works\n"
            f"child.WORK.update(child_works.WORK); child.START = {START!r}\n"
            "child.WORK['sleep'] = child.Work('child_works:sleep', wall=60)\n"
            "popen = child.subprocess.Popen\n"
            "def told(*a, **k):\n    p = popen(*a, **k); print(p.pid, flush=True); return p\n"
            "child.subprocess.Popen = told\n"
            "child.run('sleep', b'')\n"
        )
        with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
            assert parent.stdout is not None
            pid = int(parent.stdout.readline())
            time.sleep(1)
            assert _is_alive(pid)
            parent.send_signal(signal.SIGKILL)
        _wait_until_gone(pid)

    def test_lets_few_work_at_once(self, monkeypatch):
        monkeypatch.setattr(child, "PATIENCE", 0.1)
        open_ones = [child.stream("count", b"", to=100_000) for _ in range(child.AT_ONCE)]
        assert [next(parts) for parts in open_ones] == [0, 0]
        assert _why("count", to=1) == "busy"
        for parts in open_ones:
            parts.close()
        assert child.run("count", b"", to=1) == 0


class TestWalls:
    """What a library that was broken into could still do."""

    def try_to(self, how: str, at: object) -> str:
        return str(child.run("attack", b"", how=how, at=str(at)))

    def test_reaches_no_server(self, honeypot):
        at, came = honeypot
        assert self.try_to("connect", at) != "done"
        assert came == []

    def test_reaches_no_socket_of_this_machine(self, tmp_path):
        """A namespace of the network doesn't close the sockets that lie in folders: Redis has such a one."""
        path = tmp_path / "s"
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
            server.listen()
            assert self.try_to("unix", path) == "PermissionError"

    def test_reads_no_file_of_ours(self, tmp_path):
        secret = tmp_path / "canary"
        secret.write_text("canary")
        assert self.try_to("read", secret) == "PermissionError"
        assert self.try_to("read", "/etc/passwd") == "PermissionError"
        assert self.try_to("read", f"/proc/{os.getpid()}/environ") == "PermissionError"

    def test_writes_nothing(self, tmp_path):
        assert self.try_to("write", tmp_path / "new") in {"PermissionError", "OSError"}
        assert self.try_to("write", WORKS) in {"PermissionError", "OSError"}

    def test_starts_no_program(self):
        assert self.try_to("run", "/bin/true") == "PermissionError"

    def test_sends_no_signal(self):
        assert self.try_to("kill", os.getpid()) == "PermissionError"

    def test_has_every_processors_list_whole(self):
        assert len({len(known["calls"]) for known in walls.FORBIDDEN.values()}) == 1


ALONE = """
import sys
sys.path.insert(0, sys.argv[4])
from saas.inside import walls
from tests import child_works
walls.libc.prctl(walls.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
stands = getattr(walls, sys.argv[1])() if sys.argv[1] else True
print(next(child_works.attack(None, how=sys.argv[2], at=sys.argv[3])) if stands else "absent")
"""


class TestEachWall:
    """Each by itself: none hides that another fell."""

    def alone(self, wall: str, how: str, at: object) -> str:
        command = [sys.executable, "-c", ALONE, wall, how, str(at), str(Path(WORKS).parents[1])]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        if said == "absent":
            pytest.skip(f"this kernel has no {wall}")
        return said

    @pytest.mark.parametrize("wall", ["_without_network", "_without_files", "_without_calls"])
    def test_keeps_from_the_network(self, wall, honeypot):
        at, came = honeypot
        assert self.alone("", "connect", at) == "done"
        assert len(came) == 1
        assert self.alone(wall, "connect", at) != "done"
        assert len(came) == 1

    def test_keeps_from_files(self, tmp_path):
        (tmp_path / "canary").write_text("canary")
        assert self.alone("", "read", tmp_path / "canary") == "done"
        assert self.alone("_without_files", "read", tmp_path / "canary") == "PermissionError"
        assert self.alone("_without_files", "write", tmp_path / "canary") == "PermissionError"

    @pytest.mark.parametrize("wall", ["_without_files", "_without_calls"])
    def test_keeps_from_programs(self, wall):
        assert self.alone("", "run", "/bin/true") == "done"
        assert self.alone(wall, "run", "/bin/true") == "PermissionError"


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False


def _wait_until_gone(pid: int) -> None:
    end = time.monotonic() + 10
    while _is_alive(pid):
        assert time.monotonic() < end, "it is still there"
        time.sleep(0.05)
