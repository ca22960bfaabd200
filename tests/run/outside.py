"""Servers as somebody else runs them: reached over TCP with a password, not started by Seaport, and a mail server."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import psycopg
import redis
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from saas.run import owner, postgres
from saas.run import redis as embedded_redis

BOSS = "boss"
PROMPT = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]  # a test loses no power


@dataclass(frozen=True)
class Database:
    """A PostgreSQL on a port of this machine."""

    port: int
    password: str

    def url(self, name: str, user: str = BOSS, password: str = "") -> str:
        """The address of the database `name` for a user; the superuser's where left out."""
        return f"postgresql://{user}:{password or self.password}@127.0.0.1:{self.port}/{name}"

    def make(self, name: str) -> None:
        """Make an empty database, as the one who runs the server would."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"create database {name}")  # type: ignore[call-overload]


@contextmanager
def database(programs: Path) -> Iterator[Database]:
    """A PostgreSQL of these programs; every sign-in needs its password."""
    with _home() as (home, user):
        found = Database(free_port(), secrets.token_hex(8))
        secret = user.write(home / "password", found.password)
        words = [f"--username={BOSS}", "--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C"]
        initdb = [str(programs / "initdb"), "-D", str(home / "data"), "--no-sync", *words]
        made = postgres.start_as(user, signal.SIGTERM, initdb)
        subprocess.run(made, check=True, capture_output=True, cwd="/")
        where = ["-D", str(home / "data"), "-k", str(home), "-p", str(found.port), "-h", "127.0.0.1"]
        run = postgres.start_as(user, signal.SIGINT, [str(programs / "postgres"), *where, *PROMPT])
        with _running(run, home, lambda: psycopg.connect(found.url("postgres"), connect_timeout=2).close()):
            yield found


@contextmanager
def store() -> Iterator[str]:
    """The address of a Redis that asks for a password."""
    with _home() as (home, user):
        port, password = free_port(), secrets.token_hex(8)
        words = f"--port {port} --bind 127.0.0.1 --requirepass {password} --dir {home} --appendonly no".split()
        run = postgres.start_as(user, signal.SIGTERM, [str(embedded_redis.binary(user)), *words, "--save", ""])
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        with _running(run, home, lambda: redis.Redis.from_url(url).ping()):
            yield url


@dataclass
class PostOffice:
    """A mail server that talks over TLS alone and only to those with its password."""

    url: str
    authority: Path  # who vouches for it
    taken: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"

    def letters(self, to: str) -> list[EmailMessage]:
        """Those that came for this address."""
        return [letter for letter in self.taken if letter["To"] == to]


@contextmanager
def post_office(folder: Path) -> Iterator[PostOffice]:
    """One that runs, its certificate in `folder`."""
    port = free_port()
    office = PostOffice(f"smtp+starttls://crm:a%2Fb%40c@localhost:{port}", _certificate(folder / "mail.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(office.authority)
    controller = Controller(
        office,
        hostname="127.0.0.1",
        port=port,
        tls_context=tls,
        require_starttls=True,
        auth_required=True,
        authenticator=lambda _server, _session, _envelope, _mechanism, said: AuthResult(
            success=(said.login, said.password) == (b"crm", b"a/b@c")
        ),
    )
    controller.start()
    yield office
    controller.stop()


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _home() -> Iterator[tuple[Path, owner.Owner]]:
    home = Path(tempfile.mkdtemp(prefix="seaport-outside-"))
    user = owner.of_servers(home / "none")
    try:
        user.give(home, 0o700)
        yield home, user
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _running(run: list[str], home: Path, answers: Callable[[], object]) -> Iterator[None]:
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(run, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
    try:
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(psycopg.OperationalError, redis.RedisError):
                answers()
                break
            assert process.poll() is None, (home / "log").read_text()
            assert time.monotonic() < deadline, (home / "log").read_text()
            time.sleep(0.05)
        yield
    finally:
        postgres.end(process, signal.SIGINT, 10)


def _certificate(file: Path) -> Path:
    """A certificate for localhost that vouches for itself, with its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file
