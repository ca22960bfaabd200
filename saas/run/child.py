"""Starts one program so that it can't outlive whoever started it; run as a script, in a bare interpreter.

    python -I -S child.py [--signal N] [--uid N --gid N] [--lock FILE] [--bare] [--parent PID] -- PROGRAM ARGUMENT…

It becomes the program, so the program keeps this process id. Only the standard library is imported: the program may run
as another user, who can't read our own packages.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
LOCK_FD = 3  # supervisord closes what it inherits from 5 on
LOCK_PATIENCE = 10.0  # seconds in which a killed server's last processes go
BARE = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "UTC", "PGTZ": "UTC"}


def die_with_parent(number: int) -> None:
    """Have the kernel send signal `number` to this process when the one that started it ends, however it ends."""
    before = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != before:  # it went in between
        os.kill(os.getpid(), number)


def hold(path: str, patience: float = LOCK_PATIENCE) -> bool:
    """Lock `path` for as long as this process, or one that inherits from it, lives; False when another keeps it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        else:
            break
    if fd != LOCK_FD:
        os.dup2(fd, LOCK_FD)
        os.close(fd)
    os.set_inheritable(LOCK_FD, True)
    return True


def become(user: int, group: int) -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--signal", type=int, default=signal.SIGTERM)
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("--lock")
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--parent", type=int)
    parser.add_argument("program", nargs="+")
    return parser.parse_args()


def main() -> int:
    """Prepare this process as asked and become the program."""
    asked = _arguments()
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.umask(0o077)
    if asked.lock and not hold(asked.lock):
        sys.stderr.write(f"{asked.lock} is held by a process that is still running.\n")
        return 1
    if asked.uid is not None:
        become(asked.uid, asked.gid)
    die_with_parent(asked.signal)  # after the change of user, which would undo it
    if asked.parent and os.getppid() != asked.parent:
        return 1
    os.execve(asked.program[0], asked.program, BARE if asked.bare else os.environ)  # noqa: S606 - that is the point


if __name__ == "__main__":
    sys.exit(main())
