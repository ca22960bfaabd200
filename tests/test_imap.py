"""Mailboxes on servers of strangers: read, never changed, never trusted."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from saas import imap
from saas.imap import NotRead, Security, Server, Why
from tests.honeypots import honeypot
from tests.imap_double import PASSWORD, USER, Box, serving
from tests.speaking import speaking, speaking_app  # noqa: F401
from tests.wires import PUBLIC

pytestmark = pytest.mark.usefixtures("speaking")

HOST = "imap.example.com"
SERVER = Server(HOST, 993, Security.TLS, USER, PASSWORD)
LETTER = b"From: a@b.c\r\n\r\nHello\r\n"


@pytest.fixture
def trusted(certificate, names, monkeypatch):
    """A public name whose certificate is believed."""
    names[HOST] = [[PUBLIC]]
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    return certificate[1]


@pytest.fixture
def box(trusted, wires):
    """A mailbox at that name."""
    with serving(Box(), trusted(HOST)) as made:
        wires[0][PUBLIC] = made.port
        yield made


def why(server: Server = SERVER, **options: float) -> Why:
    try:
        with imap.opened(server, **options) as opened:
            opened.open("INBOX")
            opened.ids()
            opened.message(1, 10)
    except NotRead as error:
        return error.why
    raise AssertionError("it was read")


class TestReading:
    def test_brings_messages_and_changes_nothing(self, box):
        first, second = box.put(LETTER), box.put(LETTER + b"again")
        with imap.opened(SERVER) as opened:
            assert opened.open("INBOX") == 1
            assert opened.ids() == [first, second]
            assert opened.ids(after=first) == [second]
            assert opened.ids(after=second) == []
            assert opened.size(first) == len(LETTER)
            assert opened.message(first, len(LETTER)) == LETTER
            assert opened.message(99, 10) is None
        words = {line.split()[0] for line in box.asked} | {line.split()[1] for line in box.asked if "UID" in line}
        assert not words & {"SELECT", "STORE", "EXPUNGE", "APPEND", "COPY", "MOVE"}
        assert not [line for line in box.asked if "BODY[]" in line.replace("BODY.PEEK[]", "")]

    def test_signs_in_with_any_signs_after_starttls(self, trusted, wires):
        with serving(Box(), trusted(HOST), starttls=True) as made:
            wires[0][PUBLIC] = made.port
            with imap.opened(replace(SERVER, security=Security.STARTTLS, port=143)) as opened:
                assert opened.open("INBOX") == 1
        assert made.asked.index("STARTTLS") < next(n for n, line in enumerate(made.asked) if "PLAIN" in line)

    def test_says_nothing_to_a_server_without_tls(self, trusted, wires):
        with serving(Box(), None) as made:
            wires[0][PUBLIC] = made.port
            assert why(replace(SERVER, security=Security.STARTTLS)) is Why.BROKEN
        assert not [line for line in made.asked if "LOGIN" in line or "AUTH" in line]


class TestStrangers:
    def test_lead_nowhere_inside(self, wires, names):
        names["inside.example.com"] = [["10.0.0.1"]]
        names["both.example.com"] = [[PUBLIC, "127.0.0.1"]]
        with honeypot() as pot:
            wires[0].update({"127.0.0.1": pot.port, PUBLIC: pot.port, "10.0.0.1": pot.port})
            for host in (
                "127.0.0.1",
                "localhost",
                "inside.example.com",
                "both.example.com",
                "0x7f.1",
                "[::1]",
                "a\r\nb",
            ):
                assert why(replace(SERVER, host=host)) is Why.UNREACHABLE
        assert pot.came == []

    def test_need_the_certificate_of_their_name(self, trusted, wires):
        with serving(Box(), trusted("other.example.com")) as made:
            wires[0][PUBLIC] = made.port
            assert why() is Why.CERTIFICATE
        assert made.asked == []

    @pytest.mark.parametrize("plain", [True, False])
    def test_refuse_in_a_word(self, box, plain):
        box.plain = plain
        assert why(replace(SERVER, user="else", password="x")) is Why.REFUSED

    def test_miss_a_folder(self, box):
        box.folders.clear()
        assert why() is Why.FOLDER

    def test_send_no_more_than_was_asked_for(self, box):
        box.put(LETTER)
        box.large = True
        assert why() is Why.BROKEN

    def test_send_no_list_without_end(self, box, monkeypatch):
        monkeypatch.setattr(imap, "LIST", 1 << 18)
        box.flood = True
        assert why() is Why.BROKEN

    def test_are_cut_when_they_only_wait(self, trusted, wires):
        began = time.monotonic()
        with honeypot(answer=b"") as pot:
            wires[0][PUBLIC] = pot.port
            assert why(seconds=0.5) in {Why.UNREACHABLE, Why.BROKEN}
        assert time.monotonic() - began < imap.SECONDS
