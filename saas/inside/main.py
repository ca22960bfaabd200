"""The child's own start: walls first, then one function of the table, its answer in frames to standard output.

    python -I -B -X utf8 -m saas.inside.main NAME PARENT ASKED

PARENT is the process id of who started it; ASKED an open file with the function's arguments as JSON. Standard input is
the material, a file that may be read from any place.
"""

from __future__ import annotations

import importlib
import json
import mimetypes
import os
import sys
from collections.abc import Iterable
from typing import Any, BinaryIO

from saas import child
from saas.inside import walls


def main(arguments: list[str]) -> int:
    """Do the work named; exit status."""
    name, parent, asked = arguments[0], int(arguments[1]), int(arguments[2])
    walls.die_with(parent)
    work = child.WORK[name]
    with open(asked, "rb") as file:
        wanted = json.load(file)
    out, material = _own_ends()
    walls.limit(memory=work.memory, data=work.data, cpu=work.cpu)
    walls.close()
    mimetypes.knownfiles.clear()  # libraries ask for the machine's tables, which lie beyond the walls
    try:
        _answer(out, _function(work.function)(material, **wanted))
    except child.Stopped as stop:
        _send(out, child.STOP, {"why": stop.why, **stop.facts})
    except (MemoryError, RecursionError):
        _send(out, child.STOP, {"why": "memory"})
    except Exception as error:
        _send(out, child.STOP, {"why": "broken", "error": _named(error)})
    out.flush()
    return 0


def _own_ends() -> tuple[BinaryIO, BinaryIO]:
    """The answer's pipe and the material; what a library prints goes nowhere and can't spoil the answer."""
    out = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    material = os.fdopen(os.dup(0), "rb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    return out, material


def _function(named: str) -> Any:
    module, _, function = named.partition(":")
    return getattr(importlib.import_module(module), function)


def _answer(out: BinaryIO, parts: Iterable[object]) -> None:
    for part in parts:
        if isinstance(part, bytes):
            _frame(out, child.BYTES, part)
        else:
            _send(out, child.JSON, part)
    _send(out, child.END, None)


def _send(out: BinaryIO, kind: bytes, value: object) -> None:
    _frame(out, kind, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))


def _frame(out: BinaryIO, kind: bytes, body: bytes) -> None:
    out.write(child.HEAD.pack(kind, len(body)))
    out.write(body)
    out.flush()


def _named(error: Exception) -> str:
    """The kind of error, and its text only where that speaks of the machine: elsewhere it may quote the material."""
    return f"{type(error).__name__}: {error}" if isinstance(error, ImportError | OSError) else type(error).__name__


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
