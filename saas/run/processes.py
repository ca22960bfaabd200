"""The processes that descend from this one, and how to be rid of them."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Have a descendant whose parent died become our child, so that none escapes."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_now(status: int) -> NoReturn:
    """End this process at once. For one that has finished its work: taking the interpreter apart takes it a second."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(status)


def descendants(root: int) -> list[int]:
    """The ids of all processes below `root`, parents before their children."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found, row = [], [root]
    while row:
        row = [child for parent in row for child in children.get(parent, [])]
        found += row
    return found


def is_alive(pid: int) -> bool:
    """True while process `pid` runs; one that has ended and waits to be reaped doesn't."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


def reap(keep: int | None = None) -> None:
    """Take note of the ends of adopted children; that of `keep` is left to who waits for it."""
    for pid in descendants(os.getpid()):
        if pid != keep:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def kill_descendants(patience: float = 1.0) -> None:
    """Kill what is left below this process, and wait up to `patience` (s) until it is gone."""
    deadline = time.monotonic() + patience
    while left := descendants(os.getpid()):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        reap()
        if time.monotonic() > deadline:
            return
        time.sleep(0.02)
