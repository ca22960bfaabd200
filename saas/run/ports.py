"""Whether the web may listen where it is told to; its server, asked to where it may not, says a page of its insides."""

from __future__ import annotations

import errno
import socket

from saas.errors import SetupError
from saas.run import folder


def check(host: str, port: int, *, shared: bool = False) -> None:
    """Bind `port` on `host` for a moment.

    Args:
        host: a name or an address of this machine.
        port: the number.
        shared: a web process of the same user may listen there too, as one that is being replaced does.

    Raises:
        SetupError: it can't be bound; says why.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(found[0], found[1]) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
            probe.bind(found[4])
    except socket.gaierror:
        raise SetupError(f"HOST is {host!r}, which names no address. Use 127.0.0.1, or 0.0.0.0 for all.") from None
    except OSError as error:
        raise SetupError(_refused(error, host, port)) from error


def _refused(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by another program. Stop it, or choose another port: PORT={port + 1}."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"HOST is {host!r}, which is not an address of this machine. Use 127.0.0.1, or 0.0.0.0 for all."
    if error.errno == errno.EACCES:
        return f"Port {port} may be opened by root only. Choose one above 1023, such as PORT=8000."
    return f"Port {port} on {host} can't be opened: {folder.reason(error)}."
