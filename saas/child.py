"""Runs one function of a fixed table in a limited child process, for all that reads or draws what strangers wrote.

The child is a new, isolated interpreter with an empty environment; it dies with the process that started it, and its
whole group is killed when it takes too long. Material and arguments go in as files, the answer comes out in frames.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

log = logging.getLogger(__name__)

MIB = 1 << 20
START = [sys.executable, "-I", "-B", "-X", "utf8", "-m", "saas.inside.main"]
HEAD = struct.Struct(">cI")  # kind of frame, length of its body
JSON, BYTES, STOP, END = b"j", b"b", b"s", b"e"
MOST_FRAME = 256 * MIB
AT_ONCE = 2  # children of one process; more would only slow each other down
PATIENCE = 20.0  # seconds to wait for a place


@dataclass(frozen=True)
class Work:
    """One function that a child may run, and what it may take for it."""

    function: str  # "module:name"; takes the material, a file, and keywords; yields JSON values or bytes
    memory: int | None = 1024 * MIB  # address space, bytes
    data: int | None = None  # writable memory, bytes; for programs that reserve more addresses than they use
    cpu: int = 25  # seconds
    wall: float = 30.0  # seconds of waiting for it
    answer: int = 64 * MIB  # bytes


WORK = {
    "sheets.text": Work("saas.inside.texts:read", memory=400 * MIB, answer=512 * MIB),
    "sheets.workbook": Work("saas.inside.workbooks:read", memory=400 * MIB, answer=512 * MIB),
    "pdf.render": Work("saas.inside.pdf:render"),
    "charts.draw": Work("saas.inside.charts:draw", memory=None, data=1024 * MIB, answer=8 * MIB),
    "bank.read": Work("saas.inside.bank:read", memory=400 * MIB, cpu=10, wall=20.0),
    "messages.read": Work("saas.inside.messages:read", memory=768 * MIB, cpu=8, wall=15.0),
    "cards.read": Work("saas.inside.cards:read", memory=400 * MIB, cpu=8, wall=12.0, answer=16 * MIB),
    "images.encode": Work("saas.inside.images:encode", memory=768 * MIB, cpu=15, wall=20.0),
}

_places = threading.BoundedSemaphore(AT_ONCE)


class Stopped(Exception):
    """The work did not end well.

    `why` is one word. The functions have words of their own; every work knows: "time" (it took too long), "memory",
    "answer" (too much came back), "broken" (the library failed) and "busy" (no place became free).
    """

    def __init__(self, why: str, **facts: Any) -> None:
        super().__init__(why)
        self.why = why
        self.facts = facts


def run(name: str, material: bytes | Path, **asked: Any) -> Any:
    """Do one piece of work to its end.

    Args:
        name: its name in the table.
        material: what a stranger wrote.
        asked: the function's keywords, fit for JSON.

    Returns:
        The last value that the function gave: JSON or bytes.

    Raises:
        Stopped: it did not end well.
    """
    answer = None
    with contextlib.closing(stream(name, material, **asked)) as parts:
        for part in parts:
            answer = part
    return answer


def stream(name: str, material: bytes | Path, **asked: Any) -> Generator[Any]:
    """As `run`, but gives each value when it comes; the child waits, and its time stands still, while the caller works.

    The caller closes the iterator, or reads it to its end.
    """
    work = WORK[name]
    if not _places.acquire(timeout=PATIENCE):
        raise Stopped("busy")
    try:
        with _started(name, material, asked) as process:
            yield from _parts(name, work, process)
    finally:
        _places.release()


@contextlib.contextmanager
def _started(name: str, material: bytes | Path, asked: dict[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    """A child at work; none is left when this ends."""
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(material.open("rb") if isinstance(material, Path) else _file(material))
        wanted = stack.enter_context(_file(json.dumps(asked).encode()))
        process = subprocess.Popen(  # noqa: S603 - a fixed program; the name is a key of the table
            [*START, name, str(os.getpid()), str(wanted.fileno())],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(wanted.fileno(),),
            env={},
            cwd="/",
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def _file(content: bytes) -> IO[bytes]:
    """A file in memory, so that material needs no second thread that feeds a pipe."""
    file = os.fdopen(os.memfd_create("seaport", os.MFD_CLOEXEC), "w+b")
    file.write(content)
    file.seek(0)
    return file


def _parts(name: str, work: Work, process: subprocess.Popen[bytes]) -> Iterator[Any]:
    pipe = _Pipe(process, work)
    while True:
        kind, length = HEAD.unpack(pipe.read(HEAD.size))
        if length > min(MOST_FRAME, work.answer):
            raise Stopped("answer")
        body = pipe.read(length)
        if kind == END:
            return
        if kind == BYTES:
            yield body
            continue
        value = json.loads(body)
        if kind == STOP:
            raise _stop(name, value)
        yield value


def _stop(name: str, said: dict[str, Any]) -> Stopped:
    if said["why"] == "broken":
        log.warning("work in a child failed", extra={"work": name, "error": said.get("error")})
    return Stopped(said.pop("why"), **said)


class _Pipe:
    """The child's answer, read against the clock."""

    def __init__(self, process: subprocess.Popen[bytes], work: Work) -> None:
        assert process.stdout is not None
        self._process, self._fd = process, process.stdout.fileno()
        self._poll = select.poll()  # select() fails in a process with many open files
        self._poll.register(self._fd, select.POLLIN)
        self._left, self._room = work.wall, work.answer

    def read(self, length: int) -> bytes:
        """Exactly `length` bytes; the time that the caller takes between two reads isn't counted."""
        parts = bytearray()
        while len(parts) < length:
            began = time.monotonic()
            if not self._poll.poll(max(0.0, self._left) * 1000):
                raise Stopped("time")
            self._left -= time.monotonic() - began
            part = os.read(self._fd, min(length - len(parts), MIB))
            if not part:
                raise self._end()
            parts += part
            self._room -= len(part)
            if self._room < 0:
                raise Stopped("answer")
        return bytes(parts)

    def _end(self) -> Stopped:
        """Why the child went without a word. A library in C that gets no memory aborts."""
        try:
            status = self._process.wait(timeout=max(0.0, self._left))
        except subprocess.TimeoutExpired:
            return Stopped("time")
        log.warning("a child ended early", extra={"status": status})
        if status in {-signal.SIGXCPU, -signal.SIGKILL}:
            return Stopped("time")
        return Stopped("memory" if status in {-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGTRAP} else "broken")
