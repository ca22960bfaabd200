"""Servers of this machine that nobody should reach, and who came."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Honeypot:
    """Where it listens and what was asked of it."""

    port: int
    came: list[bytes] = field(default_factory=list)


@contextlib.contextmanager
def honeypot(
    host: str = "127.0.0.1", answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nCANARY"
) -> Iterator[Honeypot]:
    """A server that notes every connection, and answers it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:
        pot = Honeypot(server.getsockname()[1])
        threading.Thread(target=_listen, args=(server, pot, answer), daemon=True).start()
        yield pot


def _listen(server: socket.socket, pot: Honeypot, answer: bytes) -> None:
    while True:
        try:
            connection, _address = server.accept()
        except OSError:
            return
        pot.came.append(b"")
        with contextlib.suppress(OSError), connection:
            connection.settimeout(2)
            pot.came[-1] = connection.recv(4096)
            connection.sendall(answer)
