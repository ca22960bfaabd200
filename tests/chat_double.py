"""A chat service on this machine: answers under the service's own name, over TLS, and keeps what came."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from saas import fetch


@dataclass
class Service:
    """What it answers from now on, and what it was sent: (host, path, body)."""

    status: int = 200
    body: bytes = b'{"errcode": 0}'
    came: list[tuple[str, str, str]] = field(default_factory=list)


@pytest.fixture
def chat_service(
    certificate: tuple[Path, Callable[[str], Path]],
    names: dict[str, list[list[str]]],
    wires: tuple[dict[str, int], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[str], Service]]:
    """Let a name be a service of ours; all of them are one, which answers alike."""
    authority, of = certificate
    context = ssl.create_default_context(cafile=str(authority))
    monkeypatch.setattr(fetch, "_context", lambda: context)
    made = Service()
    with ExitStack() as open_ones:

        def stand_for(host: str) -> Service:
            address = f"93.184.215.{20 + len(names)}"
            names[host] = [[address]]
            server = _server(made, of(host))
            open_ones.callback(server.server_close)
            open_ones.callback(server.shutdown)
            wires[0][address] = server.server_port
            return made

        yield stand_for


def _server(service: Service, certificate: Path) -> http.server.ThreadingHTTPServer:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            service.came.append((self.headers["Host"], self.path, body))
            self.send_response(service.status)
            self.send_header("Content-Length", str(len(service.body)))
            self.send_header("Location", "https://127.0.0.1/")
            self.end_headers()
            self.wfile.write(service.body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server
