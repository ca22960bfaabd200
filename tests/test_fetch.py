"""Calls to addresses that people typed: to the public internet or nowhere."""

from __future__ import annotations

import contextlib
import http.server
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from saas import fetch
from tests.honeypots import Honeypot, honeypot
from tests.speaking import speaking, speaking_app  # noqa: F401
from tests.wires import PUBLIC

pytestmark = pytest.mark.usefixtures("speaking")


def inward(port: int) -> list[str]:
    """Addresses that lead inside, in every spelling."""
    hosts = [
        "127.0.0.1",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "localhost.localdomain",
        "127.1",
        "127.0.1",
        "0",
        "0.0.0.0",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "１２７.0.0.1",
        "127。0。0。1",
        "ⓛocalhost",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[fe80::1]",
        "[fe80::1%25lo]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "user@127.0.0.1",
        "user:pass@127.0.0.1",
        "example.com@127.0.0.1",
        "127.0.0.1#@example.com",
        "127.0.0.1\\@example.com",
        "example.com\\@127.0.0.1",
        "metadata.google.internal",
    ]
    return [f"{scheme}://{host}:{port}/" for host in hosts for scheme in ("http", "https")]


WRONG = [
    "file:///etc/passwd",
    "ftp://example.com/",
    "gopher://127.0.0.1:6379/_INFO",
    "dict://127.0.0.1:6379/info",
    "data:text/plain,hello",
    "javascript:alert(1)",
    "unix:///var/run/redis.sock",
    "https:///path",
    "https://",
    "//example.com/",
    "example.com",
    "",
    "https://example",
    "https://exa mple.com/",
    "https://example.com/\r\nHost: inside",
    "https://example.com\t/",
    "https://example.com:22/",
    "https://example.com:6379/",
    "https://example.com:99999/",
    "https://example.com:x/",
    "http://example.com/",
    "https://[::1",
    "https://-bad-.com/",
    "https://" + "a" * 3_000 + ".com/",
]


@pytest.fixture
def pot() -> Iterator[Honeypot]:
    """A server that nobody should reach."""
    with honeypot() as made:
        yield made


class TestInwards:
    def test_no_spelling_reaches_this_machine(self, pot, monkeypatch):
        """Past the check of the port, which would hide the check of the address."""
        monkeypatch.setattr(fetch, "PORTS", {"https": {pot.port}, "http": {pot.port}})
        addresses = inward(pot.port)
        assert len(addresses) >= 100
        for url in addresses:
            with pytest.raises((fetch.NotAllowed, fetch.Unreachable)):
                fetch.send("GET", url, schemes=("https", "http"), seconds=3)
            assert pot.came == [], url

    @pytest.mark.parametrize("url", WRONG)
    def test_an_address_of_the_wrong_form_is_not_called(self, url, names, wires):
        names["example.com"] = [[PUBLIC]]
        with pytest.raises(fetch.NotAllowed):
            fetch.check(url)
        with pytest.raises(fetch.NotAllowed):
            fetch.send("POST", url, body=b"x")
        assert wires[1] == []

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "168.63.129.16",
            "192.0.0.192",
            "192.88.99.1",
            "0.0.0.0",
            "::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "fe80::1",
            "fd12::1",
            "fec0::1",
            "2001:db8::1",
            "ff0e::1",
            "233.252.0.1",
        ],
    )
    def test_a_name_that_leads_inwards_is_not_called(self, address, names, wires):
        names["hooks.example.com"] = [[address]]
        with pytest.raises(fetch.Unreachable):
            fetch.send("GET", "https://hooks.example.com/")
        assert wires[1] == []

    def test_nor_one_with_an_inner_address_among_others(self, names, wires):
        names["hooks.example.com"] = [[PUBLIC, "127.0.0.1"]]
        with pytest.raises(fetch.Unreachable):
            fetch.send("GET", "https://hooks.example.com/")
        assert wires[1] == []

    def test_a_name_that_changes_its_answer_gains_nothing(self, names, wires, pot):
        """Rebinding: public when it is checked, this machine a moment later."""
        names["rebind.example.com"] = [[PUBLIC], ["127.0.0.1"]]
        stands, called = wires
        stands["127.0.0.1"] = pot.port
        with contextlib.suppress(fetch.Unreachable):
            fetch.send("GET", "http://rebind.example.com/", schemes=("http",))
        assert called == [(PUBLIC, 80)]
        assert pot.came == []

    def test_says_the_same_of_a_name_inside_and_of_none(self, names):
        names["inside.example.com"] = [["10.0.0.1"]]
        said = set()
        for host in ("inside", "nowhere"):
            with pytest.raises(fetch.Unreachable) as caught:
                fetch.send("GET", f"https://{host}.example.com/")
            said.add(caught.value.sentence)
        assert len(said) == 1

    def test_public_addresses_are_public(self):
        for address in (
            PUBLIC,
            "8.8.8.8",
            "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ):
            assert fetch.is_public(ipaddress.ip_address(address)), address

    def test_no_proxy_is_asked(self, names, wires, pot, monkeypatch):
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{pot.port}")
        names["hooks.example.com"] = [[PUBLIC]]
        with pytest.raises(fetch.Unreachable):
            fetch.send("GET", "http://hooks.example.com/", schemes=("http",))
        assert pot.came == []
        assert wires[1] == [(PUBLIC, 80)]


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers as the path says, and keeps what came."""

    seen: list[tuple[str, str, dict[str, str], bytes]] = []

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        if self.path.startswith("/redirect"):
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1/secret")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path.startswith("/large"):
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                for _ in range(400):
                    self.wfile.write(b"x" * 65_536)
        elif self.path.startswith("/slow"):
            with contextlib.suppress(OSError):
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                for n in range(200):
                    self.wfile.write(b"X-%d: x\r\n" % n)
                    time.sleep(0.2)
        elif self.path.startswith("/short"):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
        elif self.path.startswith("/nonsense"):
            self.wfile.write(b"\x00\x01\x02 nonsense\r\n\r\n")
        else:
            self.send_response(200)
            self.send_header("X-One", "1")
            self.send_header("Content-Length", "2")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(b"ok")

    do_GET = do_POST = do_PUT = do_HEAD = _answer  # noqa: N815 - the library's names

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(certificate: Path | None = None) -> Iterator[int]:
    """A real server; over TLS with a certificate."""
    _Handler.seen.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def hooks(names: dict[str, list[list[str]]], wires: tuple[dict[str, int], Any]) -> Iterator[str]:
    """A public name with a plain server behind it."""
    names["hooks.example.com"] = [[PUBLIC]]
    with serving() as port:
        wires[0][PUBLIC] = port
        yield "http://hooks.example.com"


def plain(method: str, url: str, **more: Any) -> fetch.Answer:
    """A call over http."""
    return fetch.send(method, url, schemes=("http",), **more)


class TestSend:
    def test_brings_the_request_there_and_the_answer_back(self, hooks):
        answer = plain("POST", f"{hooks}/in?a=客户&b=1#part", body=b"{}", headers={"Content-Type": "application/json"})
        assert (answer.status, answer.body, answer.headers["x-one"]) == (200, b"ok", "1")
        method, path, headers, body = _Handler.seen[0]
        assert (method, path, body) == ("POST", "/in?a=%E5%AE%A2%E6%88%B7&b=1", b"{}")
        assert headers["host"] == "hooks.example.com"
        assert headers["content-type"] == "application/json"

    def test_asks_for_the_head_alone(self, hooks):
        assert plain("HEAD", hooks).status == 200

    def test_follows_no_redirect(self, hooks, wires):
        answer = plain("GET", f"{hooks}/redirect")
        assert (answer.status, answer.headers["location"]) == (302, "http://127.0.0.1/secret")
        assert len(wires[1]) == 1

    def test_takes_no_endless_answer(self, hooks):
        with pytest.raises(fetch.Unreachable, match="large"):
            plain("GET", f"{hooks}/large")

    def test_waits_for_nobody_longer_than_it_was_told(self, hooks):
        began = time.monotonic()
        with pytest.raises(fetch.Unreachable):
            plain("GET", f"{hooks}/slow", seconds=1.5)
        assert time.monotonic() - began < 15  # each single byte came in time

    @pytest.mark.parametrize("path", ["/short", "/nonsense"])
    def test_takes_no_half_or_senseless_answer(self, hooks, path):
        with pytest.raises(fetch.Unreachable):
            plain("GET", hooks + path)

    @pytest.mark.parametrize("header", [{"X-A": "a\r\nHost: inside"}, {"X-A\r\nHost": "inside"}])
    def test_takes_no_header_that_carries_another(self, hooks, header):
        with pytest.raises(ValueError, match="nvalid header"):
            plain("GET", hooks, headers=header)
        assert _Handler.seen == []

    def test_knows_few_methods(self):
        with pytest.raises(ValueError, match="CONNECT"):
            fetch.send("CONNECT", "https://hooks.example.com/")


class TestSendOverTls:
    @pytest.fixture
    def trusted(self, certificate, monkeypatch, names):
        """Our own authority is believed, and none other."""
        names["hooks.example.com"] = [[PUBLIC]]
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        return certificate[1]

    def test_asks_for_the_name_and_believes_its_certificate(self, trusted, wires):
        with serving(trusted("hooks.example.com")) as port:
            wires[0][PUBLIC] = port
            assert fetch.send("GET", "https://hooks.example.com/").body == b"ok"
            assert _Handler.seen[0][2]["host"] == "hooks.example.com"

    def test_believes_no_other_name(self, trusted, wires):
        with serving(trusted("other.example.com")) as port:
            wires[0][PUBLIC] = port
            with pytest.raises(fetch.Unreachable):
                fetch.send("GET", "https://hooks.example.com/")
            assert _Handler.seen == []

    def test_believes_no_stranger(self, trusted, wires, monkeypatch):
        monkeypatch.delenv("SSL_CERT_FILE")
        with serving(trusted("hooks.example.com")) as port:
            wires[0][PUBLIC] = port
            with pytest.raises(fetch.Unreachable):
                fetch.send("GET", "https://hooks.example.com/")
            assert _Handler.seen == []

    def test_cuts_a_slow_answer_here_too(self, trusted, wires):
        with serving(trusted("hooks.example.com")) as port:
            wires[0][PUBLIC] = port
            began = time.monotonic()
            with pytest.raises(fetch.Unreachable):
                fetch.send("GET", "https://hooks.example.com/slow", seconds=1.5)
            assert time.monotonic() - began < 15

    def test_cuts_one_that_never_shakes_hands(self, names, wires):
        names["hooks.example.com"] = [[PUBLIC]]
        with socket.create_server(("127.0.0.1", 0)) as silent:
            wires[0][PUBLIC] = silent.getsockname()[1]
            began = time.monotonic()
            with pytest.raises(fetch.Unreachable):
                fetch.send("GET", "https://hooks.example.com/", seconds=1.0)
            assert time.monotonic() - began < 4
