"""The only way out to an address that a person typed: webhooks of a workspace, a logo's address, its mailbox.

The name is looked up once, every address behind it must lie on the public internet, and the connection goes to the
very address that was checked; so a name that changes its answer gains nothing. Redirects are not followed, proxies not
asked.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from flask_babel import lazy_gettext as _l

from saas.errors import BusinessError, Refused

PORTS = {"https": {443, 8443}, "http": {80, 8080}}
METHODS = {"GET", "POST", "PUT", "HEAD"}
CONNECT = 5.0  # seconds to reach one address
WHOLE = 15.0  # seconds from the look-up to the last byte
LARGEST = 1 << 20  # bytes of an answer
ADDRESS = 2_000  # characters
PATH = "/:?[]@!$&'()*+,;=~%"  # signs that a path and a query keep

NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
PUBLIC6 = ipaddress.ip_network("2000::/3")
# Addresses that count as public, and are not for us: a cloud's own services, relays, and test networks.
CLOSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "100.64.0.0/10",
        "198.18.0.0/15",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
    )
)

NOT_ALLOWED = _l("This address can't be used. Take one that begins with https:// and a public name.")
NOT_REACHED = _l("Nothing answered at this address.")
TOO_LARGE = _l("The answer from this address is too large.")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotAllowed(Refused):
    """The address, as it is written, is not one that we call."""


class Unreachable(BusinessError):
    """No answer in time. A name that leads inwards gives this too, so nobody learns from us what lies there."""

    status = 502


@dataclass(frozen=True)
class Answer:
    """What came back. A redirect is an answer like any other: nobody went there."""

    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True)
class _Target:
    scheme: str
    host: str
    port: int
    path: str


def check(url: str, *, schemes: tuple[str, ...] = ("https",)) -> None:
    """For a form: refuse an address that would never be called. The name itself is looked up when it is called.

    Raises:
        NotAllowed: its scheme, port or form, or an address inside a network.
    """
    _target(url, schemes)


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    schemes: tuple[str, ...] = ("https",),
    largest: int = LARGEST,
    seconds: float = WHOLE,
) -> Answer:
    """Call an address once.

    Args:
        method: GET, POST, PUT or HEAD.
        url: as a person typed it.
        headers, body: of the request.
        schemes: "https", and "http" where the caller may take it.
        largest: bytes of the answer.
        seconds: from the look-up to the last byte.

    Raises:
        NotAllowed: the address is of a form that is not called.
        Unreachable: no answer, too slow, too large, or not on the public internet.
    """
    if method not in METHODS:
        raise ValueError(method)
    target = _target(url, schemes)
    end = time.monotonic() + seconds
    with _connected(target, end) as connection:
        try:
            sent = {"User-Agent": "Seaport", **(headers or {}), "Accept-Encoding": "identity", "Connection": "close"}
            connection.request(method, target.path, body=body or None, headers=sent)
            response = connection.getresponse()
            answer = Answer(response.status, _lower(response), _read(response, largest))
        except http.client.HTTPException as error:
            raise Unreachable(str(NOT_REACHED)) from error
    return answer


def is_public_name(host: str) -> bool:
    """True for a name that could lead to the public internet, as it is written; it is looked up when it is called."""
    try:
        return _is_public_name(host.rstrip(".").encode("idna").decode())
    except UnicodeError:
        return False


def connect(host: str, port: int, *, seconds: float) -> socket.socket:
    """A connection to a port of a name that a person typed, for what isn't HTTP; each read waits `seconds` at most.

    Raises:
        Unreachable: nothing answers, or not on the public internet.
    """
    if not is_public_name(host):
        raise Unreachable(str(NOT_REACHED))
    target = _Target("", host.rstrip(".").encode("idna").decode(), port, "")
    sock = _reached(_looked_up(target), port, time.monotonic() + seconds)
    sock.settimeout(seconds)
    return sock


def trusted() -> ssl.SSLContext:
    """How certificates are checked on the way out."""
    return _context()


def _target(url: str, schemes: tuple[str, ...]) -> _Target:
    if len(url) > ADDRESS or re.search(r"[\x00-\x20\x7f\\]", url):
        raise NotAllowed(str(NOT_ALLOWED))
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").encode("idna").decode()
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError as error:  # UnicodeError is one
        raise NotAllowed(str(NOT_ALLOWED)) from error
    is_fit = parts.scheme in schemes and port in PORTS[parts.scheme] and "@" not in parts.netloc
    if not is_fit or not _is_public_name(host):
        raise NotAllowed(str(NOT_ALLOWED))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Target(parts.scheme, host, port, quote(path, safe=PATH))


def _is_public_name(host: str) -> bool:
    """A name with a dot, or a public address in its one usual form: not 0x7f.1, not 2130706433."""
    try:
        return is_public(ipaddress.ip_address(host))
    except ValueError:
        pass
    labels = host.lower().split(".")
    is_name = len(labels) > 1 and all(re.fullmatch(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", label) for label in labels)
    return is_name and not re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1])


def is_public(address: Address) -> bool:
    """True when the address is one of the public internet's, whichever way it is written."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or (_last_four(address) if any(address in net for net in NAT64) else None)
        if inner is not None:
            return is_public(inner)
        if address.scope_id or address not in PUBLIC6:
            return False
    closed = any(address in net for net in CLOSED if net.version == address.version)
    return address.is_global and not address.is_multicast and not address.is_reserved and not closed


def _last_four(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _looked_up(target: _Target) -> list[Address]:
    """The addresses behind the name; all of them must be public, so that none can be slipped in among good ones."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
    except (OSError, ValueError) as error:
        raise Unreachable(str(NOT_REACHED)) from error
    if not addresses or not all(map(is_public, addresses)):
        raise Unreachable(str(NOT_REACHED))
    return list(dict.fromkeys(addresses))


@contextlib.contextmanager
def _connected(target: _Target, end: float) -> Iterator[http.client.HTTPConnection]:
    """A connection to an address that was checked; it is cut at `end`, however slowly the other side talks."""
    sock = _reached(_looked_up(target), target.port, end)
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.default_port = 443 if target.scheme == "https" else 80  # the Host header leaves the usual one out
    was_cut = threading.Event()
    cut = threading.Timer(max(0.1, end - time.monotonic()), _cut, (connection, was_cut))
    cut.daemon = True
    try:
        handshake = None
        if target.scheme == "https":
            sock = handshake = _context().wrap_socket(sock, server_hostname=target.host, do_handshake_on_connect=False)
        connection.sock = sock
        cut.start()  # before the first word of the other side
        if handshake:
            handshake.do_handshake()
        yield connection
        if was_cut.is_set():  # http.client takes the cut for the end of the answer
            raise TimeoutError
    except OSError as error:
        raise Unreachable(str(NOT_REACHED)) from error
    finally:
        cut.cancel()
        connection.close()
        sock.close()


def _reached(addresses: list[Address], port: int, end: float) -> socket.socket:
    error: OSError = TimeoutError()
    for address in addresses[:4]:
        left = min(CONNECT, end - time.monotonic())
        if left <= 0:
            break
        try:
            return socket.create_connection((str(address), port), timeout=left)
        except OSError as failed:
            error = failed
    raise Unreachable(str(NOT_REACHED)) from error


def _cut(connection: http.client.HTTPConnection, was_cut: threading.Event) -> None:
    was_cut.set()
    with contextlib.suppress(OSError, AttributeError):  # it may have closed in between
        connection.sock.shutdown(socket.SHUT_RDWR)


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _lower(response: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _read(response: http.client.HTTPResponse, largest: int) -> bytes:
    body = bytearray()
    while part := response.read1(1 << 16):
        body += part
        if len(body) > largest:
            raise Unreachable(str(TOO_LARGE))
    if response.length:  # the other side ended early
        raise Unreachable(str(NOT_REACHED))
    return bytes(body)
