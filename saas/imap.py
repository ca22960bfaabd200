"""A workspace's mailbox on the server of somebody else, read by IMAP over TLS and never changed.

The server is a stranger: it is reached by the guarded way out (`saas/fetch.py`), what it says is never shown, and it
can neither make us wait nor send more than was asked for.
"""

from __future__ import annotations

import contextlib
import imaplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError, IMAPClientError, LoginError

from saas import fetch

SECONDS = 15.0  # that one answer may take
SESSION = 120.0  # and all of them together
PORTS = {"tls": 993, "starttls": 143}  # the usual ones
ROOM = 1 << 17  # bytes of an answer around what was asked for
LIST = 1 << 24  # bytes of a list of ids


class Security(StrEnum):
    """How the connection is made unreadable for others."""

    TLS = "tls"
    STARTTLS = "starttls"


class Why(StrEnum):
    """Why a mailbox can't be read."""

    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    REFUSED = "refused"
    FOLDER = "folder"
    BROKEN = "broken"


class NotRead(Exception):
    """The mailbox can't be read; `why` is for whoever set it up."""

    def __init__(self, why: Why) -> None:
        super().__init__(str(why))
        self.why = why


@dataclass(frozen=True)
class Server:
    """Where a mailbox is, and how one is let in."""

    host: str
    port: int
    security: Security
    user: str
    password: str


class _Wire:
    """The connection of one session; it is cut when the session's time is over, however slowly the other side talks."""

    def __init__(self, seconds: float) -> None:
        self._sock: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def to(self, server: Server) -> socket.socket:
        """Connect to the server, by its certificate where it speaks TLS from the first word on."""
        self._sock = sock = fetch.connect(server.host, server.port, seconds=SECONDS)
        if server.security is Security.TLS:
            context = fetch.trusted()
            self._sock = sock = context.wrap_socket(sock, server_hostname=server.host, do_handshake_on_connect=False)
            sock.do_handshake()
        return sock

    def end(self) -> None:
        """Let go of it, whatever state it is in."""
        self._timer.cancel()
        with contextlib.suppress(OSError, AttributeError):
            self._sock.close()  # type: ignore[union-attr]

    def _cut(self) -> None:
        with contextlib.suppress(OSError, AttributeError):  # it may have closed in between
            self._sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]


class _Line(imaplib.IMAP4):
    """The protocol over such a wire; no answer may be larger than what was asked for."""

    def __init__(self, server: Server, wire: _Wire) -> None:
        self._server, self._wire, self._room = server, wire, ROOM
        super().__init__(server.host, server.port, timeout=SECONDS)

    def allow(self, octets: int) -> None:
        """Let the next answers take so many bytes together."""
        self._room = octets

    def _create_socket(self, _timeout: float | None = None) -> socket.socket:
        return self._wire.to(self._server)

    def read(self, size: int) -> bytes:
        """Exactly so many bytes, if there is room for them."""
        self._take(size)
        return super().read(size)

    def readline(self) -> bytes:
        """The next line, if there is room for it."""
        line = super().readline()
        self._take(len(line))
        return line

    def _take(self, octets: int) -> None:
        self._room -= octets
        if self._room < 0:
            raise self.abort("more than was asked for")


class _Client(IMAPClient):
    """The library over that line."""

    def __init__(self, server: Server, wire: _Wire) -> None:
        self._server, self._wire = server, wire
        super().__init__(server.host, server.port, ssl=server.security is Security.TLS, timeout=SECONDS)

    @property
    def line(self) -> _Line:
        """What the library speaks through."""
        found = self._imap
        assert isinstance(found, _Line)
        return found

    def _create_IMAP4(self) -> _Line:  # noqa: N802 - the library's name
        return _Line(self._server, self._wire)

    def let_in(self) -> None:
        """Sign in, by the way that takes all signs where the server knows it."""
        if self._server.security is Security.STARTTLS:
            self.starttls(fetch.trusted())
        knows: Any = self.has_capability
        sign_in = self.plain_login if knows("AUTH=PLAIN") else self.login
        try:
            sign_in(self._server.user, self._server.password)
        except imaplib.IMAP4.abort:
            raise
        except IMAPClientError as error:
            raise LoginError(str(error)) from error


@contextmanager
def _said() -> Iterator[None]:
    """Whatever goes wrong with the server, in a word."""
    try:
        yield
    except LoginError as error:
        raise NotRead(Why.REFUSED) from error
    except ssl.SSLCertVerificationError as error:
        raise NotRead(Why.CERTIFICATE) from error
    except (fetch.Unreachable, OSError) as error:
        raise NotRead(Why.UNREACHABLE) from error
    except (imaplib.IMAP4.error, CapabilityError, ValueError, LookupError, AssertionError) as error:
        raise NotRead(Why.BROKEN) from error


class Mailbox:
    """An open mailbox."""

    def __init__(self, client: _Client) -> None:
        self._line = client.line
        self._client: Any = client  # the library carries no types

    def open(self, folder: str) -> int:
        """Look into a folder, without changing anything in it; returns the number under which its ids hold.

        Raises:
            NotRead: it isn't there.
        """
        with _said():
            self._line.allow(ROOM)
            try:
                found = self._client.select_folder(folder, readonly=True)
            except imaplib.IMAP4.abort:
                raise
            except IMAPClientError as error:
                raise NotRead(Why.FOLDER) from error
            return int(found.get(b"UIDVALIDITY", 0))

    def ids(self, *, after: int = 0, since: date | None = None) -> list[int]:
        """The ids of messages, in order: those beyond `after`, of the days from `since` on."""
        with _said():
            self._line.allow(LIST)
            asked: list[Any] = ["UID", f"{after + 1}:*"] + (["SINCE", since] if since else [])
            return sorted(one for one in map(int, self._client.search(asked)) if one > after)

    def size(self, one: int) -> int | None:
        """The bytes of a message; None where it is gone by now."""
        with _said():
            self._line.allow(ROOM)
            found = self._client.fetch([one], ["RFC822.SIZE"]).get(one, {})
            return int(found[b"RFC822.SIZE"]) if b"RFC822.SIZE" in found else None

    def message(self, one: int, size: int) -> bytes | None:
        """A message as it came, which stays unread there; None where it is gone by now."""
        with _said():
            self._line.allow(size + ROOM)
            content = self._client.fetch([one], ["BODY.PEEK[]"]).get(one, {}).get(b"BODY[]")
            return content if isinstance(content, bytes) else None

    def leave(self) -> None:
        """Say goodbye; whatever the server makes of it."""
        with contextlib.suppress(NotRead), _said():
            self._client.logout()


@contextmanager
def opened(server: Server, *, seconds: float = SESSION) -> Iterator[Mailbox]:
    """Sign in to a mailbox for the block, which is cut after `seconds`.

    Raises:
        NotRead: here, or while the block reads.
    """
    wire = _Wire(seconds)
    try:
        with _said():
            client = _Client(server, wire)
            client.let_in()
        box = Mailbox(client)
        yield box
        box.leave()
    finally:
        wire.end()
