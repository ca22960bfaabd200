"""Work for the tests of `saas.child`, and its start with that work in the table; a script run by the isolated child."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from saas import child

MIB = child.MIB
SMALL = child.Work("child_works:burn", memory=300 * MIB, cpu=1, wall=20.0, answer=MIB)
WORK = {
    "echo": child.Work("child_works:echo"),
    "count": child.Work("child_works:count", wall=3.0),
    "attack": child.Work("child_works:attack"),
    "burn": SMALL,
    "sleep": child.Work("child_works:sleep", wall=1.0),
    "close": child.Work("child_works:close", wall=1.0),
    "eat": child.Work("child_works:eat", memory=300 * MIB),
    "eat_data": child.Work("child_works:eat", memory=None, data=300 * MIB),
    "flood": child.Work("child_works:flood", answer=MIB),
    "fork": child.Work("child_works:fork", wall=1.0),
    "end": child.Work("child_works:end"),
    "look": child.Work("child_works:look"),
}


def echo(material: BinaryIO, *, word: str) -> Iterator[Any]:
    """The word, what was printed nowhere, the material."""
    print("noise")
    yield {"word": word}
    yield material.read()


def count(material: BinaryIO, *, to: int) -> Iterator[int]:
    """Numbers, one by one."""
    yield from range(to)


def look(material: BinaryIO) -> Iterator[Any]:
    """What the child has of the outside."""
    limits = {
        name: resource.getrlimit(getattr(resource, name))[0] for name in dir(resource) if name.startswith("RLIMIT")
    }
    seen = {
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "loaded": sorted(sys.modules),
        "argv": sys.orig_argv,
    }
    yield {**seen, "limits": limits}


def attack(material: BinaryIO, *, how: str, at: str) -> Iterator[str]:
    """What became of one try to get out: "done", or the name of the refusal."""
    try:
        TRIES[how](at)
    except Exception as error:
        yield type(error).__name__
    else:
        yield "done"


def _connect(at: str) -> None:
    host, port = at.split(":")
    socket.create_connection((host, int(port)), timeout=3).close()


def _kill(at: str) -> None:
    os.kill(int(at), signal.SIGUSR1)


def _write(at: str) -> None:
    with Path(at).open("ab") as file:
        file.write(b"written by the child")


TRIES: dict[str, Any] = {
    "connect": _connect,
    "unix": lambda at: socket.socket(socket.AF_UNIX).connect(at),
    "read": lambda at: Path(at).read_bytes(),
    "write": _write,
    "run": lambda at: subprocess.run([at], check=True),
    "kill": _kill,
}


def burn(material: BinaryIO) -> Iterator[int]:
    """Never ends."""
    while True:
        pass
    yield 0


def sleep(material: BinaryIO) -> Iterator[int]:
    """Takes no processor time."""
    time.sleep(60)
    yield 0


def close(material: BinaryIO) -> Iterator[int]:
    """Goes silent without going away."""
    os.closerange(0, 256)
    time.sleep(60)
    yield 0


def eat(material: BinaryIO) -> Iterator[int]:
    """Takes memory until there is none."""
    held = []
    while True:
        held.append(bytearray(10 * MIB))
    yield len(held)


def flood(material: BinaryIO) -> Iterator[bytes]:
    """Answers without end."""
    while True:
        yield b"x" * 10_000


def fork(material: BinaryIO) -> Iterator[int]:
    """Leaves a process of its own behind, says which, and goes on."""
    pid = os.fork()
    if pid == 0:
        time.sleep(60)
        os._exit(0)
    yield pid
    time.sleep(60)


def end(material: BinaryIO, *, how: str) -> Iterator[int]:
    """Ends in the middle."""
    if how == "crash":
        ctypes.string_at(0)
    if how == "abort":
        os.abort()
    if how == "exit":
        os._exit(0)
    if how == "deep":
        _deep()
    if how == "raise":
        raise RuntimeError("the text of a customer")
    if how == "refuse":
        raise child.Stopped("rows", row=7)
    yield 0


def _deep() -> None:
    _deep()


if __name__ == "__main__":
    sys.modules["child_works"] = sys.modules["__main__"]  # the walls leave no way to load it from here later
    from saas.inside import main

    child.WORK.update(WORK)
    sys.exit(main.main(sys.argv[1:]))
