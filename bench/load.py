"""Sends requests as fast as they are answered: wrk where it is installed, else threads that keep their connection."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

ONCE = "{once}"  # in a body: a fresh key for each request
SCRIPT = """
local sent = %s
local count = 0
math.randomseed(%d)
local base = string.format("%%08x-%%04x-4", math.random(0, 2^31 - 1), math.random(0, 65535))
request = function()
  local body = sent.body
  if body and string.find(body, "{once}", 1, true) then
    count = count + 1
    local key = base .. string.format("%%03x-8000-%%012x", math.random(0, 4095), count * 4096 + math.random(0, 4095))
    body = string.gsub(body, "{once}", key)
  end
  return wrk.format(sent.method, sent.path, sent.headers, body)
end
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('\\n{"p50": %%f, "p95": %%f, "requests": %%d, "seconds": %%f, "errors": %%d}\\n',
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


@dataclass(frozen=True)
class Request:
    """What is sent, again and again."""

    path: str
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: str | None = None
    expected: int = 200

    def raw(self, host: str) -> bytes:
        """The request as bytes, with a fresh key where it wants one."""
        body = (self.body or "").replace(ONCE, str(uuid4()))
        headers = {"Host": host, **self.headers}
        if self.body is not None:
            headers["Content-Length"] = str(len(body.encode()))
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", body]).encode()


@dataclass(frozen=True)
class Figures:
    """What came of it."""

    p50: float  # ms
    p95: float  # ms
    rate: float  # requests a second
    errors: int


def send(request: Request, port: int, clients: int, seconds: float) -> Figures:
    """Keep `clients` connections busy for so long."""
    if shutil.which("wrk"):
        return _by_wrk(request, port, clients, seconds)
    return _by_threads(request, port, clients, seconds)


def _by_wrk(request: Request, port: int, clients: int, seconds: float) -> Figures:
    fields = {"method": request.method, "path": request.path, "headers": request.headers, "body": request.body}
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "send.lua")
        script.write_text(SCRIPT % (_lua(fields), time.time_ns() % 2**31), encoding="utf-8")
        run = ["wrk", "-t1", f"-c{clients}", f"-d{seconds:g}s", "-s", str(script), f"http://127.0.0.1:{port}"]
        done = subprocess.run(run, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return Figures(found["p50"], found["p95"], found["requests"] / found["seconds"], found["errors"])


def _lua(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"[{_lua(k)}] = {_lua(v)}" for k, v in value.items()) + "}"
    return "nil" if value is None else json.dumps(value, ensure_ascii=False)


def _by_threads(request: Request, port: int, clients: int, seconds: float) -> Figures:
    times: list[float] = []
    wrong: list[int] = []
    until = time.perf_counter() + seconds

    def work() -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            while (began := time.perf_counter()) < until:
                connection.sendall(request.raw(f"127.0.0.1:{port}"))
                status = answer(connection)[0]
                times.append(time.perf_counter() - began)
                if status >= 400:
                    wrong.append(status)

    began = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - began
    ordered = sorted(times)
    at = [ordered[int(len(ordered) * share)] * 1000 for share in (0.5, 0.95)]
    return Figures(at[0], at[1], len(ordered) / taken, len(wrong))


def once(request: Request, port: int) -> tuple[int, bytes]:
    """One request: its status and all of its answer."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request.raw(f"127.0.0.1:{port}"))
        return answer(connection)


def answer(connection: socket.socket) -> tuple[int, bytes]:
    """Read one answer: its status, and head and body."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    if b"content-length" in fields:
        while len(body) < int(fields[b"content-length"]):
            body += _more(connection)
    elif b"chunked" in fields.get(b"transfer-encoding", b""):
        while not body.endswith(b"0\r\n\r\n"):
            body += _more(connection)
    return int(head.split(b" ", 2)[1]), head + b"\r\n\r\n" + body


def _more(connection: socket.socket) -> bytes:
    piece = connection.recv(65536)
    if not piece:
        raise ConnectionError("the server closed the connection")
    return piece
