"""A mailbox on a server of this machine that speaks IMAP over TLS, knows few words, and ends with its block."""

from __future__ import annotations

import contextlib
import re
import socketserver
import ssl
import threading
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

USER, PASSWORD = "sales", "pässwort 密"


@dataclass
class Box:
    """What lies in it and what was asked of it.

    folders: name → (UIDVALIDITY, id → message).
    flood: answers a search without end.
    large: says a message is larger than it announced.
    """

    folders: dict[str, tuple[int, dict[int, bytes]]] = field(default_factory=lambda: {"INBOX": (1, {})})
    asked: list[str] = field(default_factory=list)
    port: int = 0
    flood: bool = False
    large: bool = False
    plain: bool = True

    def put(self, message: bytes, folder: str = "INBOX") -> int:
        """Lay a message into a folder; returns its id."""
        _validity, held = self.folders.setdefault(folder, (1, {}))
        held[max(held, default=0) + 1] = message
        return max(held)


@contextlib.contextmanager
def serving(box: Box, certificate: Path | None, *, starttls: bool = False) -> Iterator[Box]:
    """Serve the mailbox; over TLS from the first word on with a certificate, unless it waits for STARTTLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if certificate:
        context.load_cert_chain(certificate)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError, ValueError):
                if certificate and not starttls:
                    self.request = context.wrap_socket(self.request, server_side=True)
                _Talk(self.request, box, context if starttls else None).run()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, *_: object) -> None:
            """Whoever hangs up is no fault of the test's."""

    server = Server(("127.0.0.1", 0), Handler)
    box.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield box
    server.shutdown()
    server.server_close()


class _Talk:
    """One connection."""

    def __init__(self, sock, box: Box, context: ssl.SSLContext | None) -> None:
        self.sock, self.box, self.context = sock, box, context
        self.file = sock.makefile("rb")
        self.folder: dict[int, bytes] = {}

    def say(self, line: str | bytes) -> None:
        self.sock.sendall((line if isinstance(line, bytes) else line.encode()) + b"\r\n")

    def run(self) -> None:
        self.say("* OK ready")
        while line := self.file.readline(1 << 16).decode().rstrip("\r\n"):
            tag, _, rest = line.partition(" ")
            word = rest.partition(" ")[0].upper()
            self.box.asked.append(rest if word not in {"LOGIN"} else "LOGIN")
            if word == "UID":
                word = rest.split()[1].upper()
            handler = getattr(self, f"do_{word.lower()}", None)
            if handler is None:
                self.say(f"{tag} BAD unknown")
            elif handler(tag, rest) is False:
                return

    def do_capability(self, tag: str, _rest: str) -> None:
        more = (" AUTH=PLAIN" if self.box.plain else "") + (" STARTTLS" if self.context else "")
        self.say(f"* CAPABILITY IMAP4rev1{more}")
        self.say(f"{tag} OK done")

    def do_starttls(self, tag: str, _rest: str) -> None:
        self.say(f"{tag} OK go on")
        assert self.context is not None
        self.sock = self.context.wrap_socket(self.sock, server_side=True)
        self.file, self.context = self.sock.makefile("rb"), None

    def do_authenticate(self, tag: str, _rest: str) -> None:
        self.say("+ ")
        _nothing, user, password = b64decode(self.file.readline()).decode().split("\0")
        self._let_in(tag, (user, password) == (USER, PASSWORD))

    def do_login(self, tag: str, rest: str) -> None:
        self._let_in(tag, rest.split(" ", 2)[1].strip('"') == USER)

    def _let_in(self, tag: str, is_right: bool) -> None:
        self.say(f"{tag} OK in" if is_right else f"{tag} NO wrong")

    def do_examine(self, tag: str, rest: str) -> None:
        name = rest.partition(" ")[2].strip('"')
        if name not in self.box.folders:
            self.say(f"{tag} NO no such folder")
            return
        validity, self.folder = self.box.folders[name]
        self.say(f"* {len(self.folder)} EXISTS")
        self.say(f"* OK [UIDVALIDITY {validity}] held")
        self.say(f"{tag} OK [READ-ONLY] open")

    def do_search(self, tag: str, rest: str) -> None:
        while self.box.flood:
            self.say("* SEARCH " + "1 " * 4000)
        first = int(re.search(r"UID (\d+):\*", rest)[1])  # type: ignore[index]
        found = [one for one in self.folder if one >= first] or ([max(self.folder)] if self.folder else [])
        self.say("* SEARCH " + " ".join(map(str, sorted(found))))
        self.say(f"{tag} OK done")

    def do_fetch(self, tag: str, rest: str) -> None:
        one = int(rest.split()[2])
        content = self.folder.get(one)
        if content is not None and "RFC822.SIZE" in rest:
            self.say(f"* 1 FETCH (UID {one} RFC822.SIZE {len(content)})")
        elif content is not None:
            content = content * 20_000 if self.box.large else content
            self.sock.sendall(f"* 1 FETCH (UID {one} BODY[] {{{len(content)}}}\r\n".encode())
            self.sock.sendall(content)
            self.say(")")
        self.say(f"{tag} OK done")

    def do_logout(self, tag: str, _rest: str) -> bool:
        self.say("* BYE")
        self.say(f"{tag} OK bye")
        return False
