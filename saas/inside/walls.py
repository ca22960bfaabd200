"""The walls a child raises around itself, before it looks at what a stranger wrote. None can be taken down again.

Limits on memory, time and files hold everywhere. The others hold where the kernel has them: no network (a namespace of
its own), no files but programs and fonts (Landlock), no sockets, signals to others or new programs (seccomp). Each of
these stands behind a refusal in code; it answers for the case that the library is broken into.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 22, 38
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000

READABLE = (
    "/usr",
    "/lib",
    "/lib64",
    "/opt",
    "/nix/store",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/var/cache/fontconfig",
    "/dev/null",
    "/dev/urandom",
)
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446  # the same on every processor
READ_FILE, READ_FOLDER = 1 << 2, 1 << 3
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # by version of Landlock, how many rights on files it knows; 16 since 5

# What a child has no business with: sockets, other programs, other processes, kernel doors that go round this list.
FORBIDDEN = {
    "x86_64": {
        "audit": 0xC000003E,
        "calls": (41, 42, 59, 62, 101, 165, 166, 250, 272, 308, 310, 311, 321, 322, 424, 425, 434),
    },
    "aarch64": {
        "audit": 0xC00000B7,
        "calls": (198, 203, 221, 129, 117, 40, 39, 219, 97, 268, 270, 271, 280, 281, 424, 425, 434),
    },
}
X32 = 0x40000000  # a second door to the same calls on x86_64
LOAD, JUMP_EQUAL, JUMP_ABOVE, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM

libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def die_with(parent: int) -> None:
    """Have the kernel kill this process when `parent`, which started it, ends, however it ends."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it went in between
        os._exit(1)


def limit(*, memory: int | None, data: int | None, cpu: int) -> None:
    """Bound what this process may take.

    Args:
        memory: address space, bytes; None for programs that reserve far more than they use.
        data: writable memory of its own, bytes.
        cpu: processor time, seconds.
    """
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_DATA: data,
    }
    for what, value in limits.items():
        if value is not None:
            resource.setrlimit(what, (value, value))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))


def close() -> set[str]:
    """Raise every wall that this kernel has.

    Returns:
        The names of those that stand: network, files, calls.
    """
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    raised = {"network": _without_network(), "files": _without_files(), "calls": _without_calls()}
    return {name for name, stands in raised.items() if stands}


def _without_network() -> bool:
    """Move into a network of its own, that leads nowhere."""
    return any(libc.unshare(flags) == 0 for flags in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET))


def _without_files() -> bool:
    """Leave only programs and fonts readable, and nothing writable."""
    version = libc.syscall(LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return False
    files = (1 << FILE_RIGHTS.get(version, 16)) - 1
    asked = struct.pack("=QQQ", files, 0b11, 0b11)  # rights on files, TCP, sockets and signals beyond itself
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = libc.syscall(LANDLOCK_CREATE, asked[:size], size, 0)
    if rules < 0:
        return False
    package = str(Path(__file__).parents[1])
    for path in {*READABLE, sys.prefix, sys.base_prefix, package} - {"/"}:
        _let_read(rules, path)
    stands = bool(libc.syscall(LANDLOCK_RESTRICT, rules, 0) == 0)
    os.close(rules)
    return stands


def _let_read(rules: int, path: str) -> None:
    with suppress(FileNotFoundError):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        allowed = READ_FILE | READ_FOLDER if Path(path).is_dir() else READ_FILE
        libc.syscall(LANDLOCK_ADD, rules, 1, struct.pack("=Qi", allowed, place), 0)
        os.close(place)


def _without_calls() -> bool:
    """Answer the calls of the list with "not permitted"."""
    known = FORBIDDEN.get(platform.machine())
    if known is None or sys.maxsize < 2**32:
        return False
    calls = known["calls"]
    assert isinstance(calls, tuple)
    # Each step: code, how far to jump when true, when false, a number. The two verdicts stand last.
    steps = [(LOAD, 0, 0, 4), (JUMP_EQUAL, 0, len(calls) + 3, known["audit"]), (LOAD, 0, 0, 0)]
    steps.append((JUMP_ABOVE, len(calls) + 1, 0, X32))
    steps += [(JUMP_EQUAL, len(calls) - place, 0, call) for place, call in enumerate(calls)]
    steps += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    return bool(libc.prctl(PR_SET_SECCOMP, 2, ctypes.byref(_Program(len(steps), code)), 0, 0) == 0)
