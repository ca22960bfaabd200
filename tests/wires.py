"""Public names, the wire to them and certificates, all of this machine: for tests of what calls strangers."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PUBLIC = "93.184.215.14"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """Our own look-up: name → the answers it gives, one after the other."""
    answers: dict[str, list[list[str]]] = {}

    def look_up(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        if host not in answers:
            raise socket.gaierror("no such name")
        found = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return answers


@pytest.fixture
def wires(monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, int], list[tuple[str, int]]]:
    """The wire itself: address → port of a server of ours that stands for it, and where was called."""
    stands: dict[str, int] = {}
    called: list[tuple[str, int]] = []
    real = socket.socket.connect

    def connect(self: socket.socket, address: tuple[str, int]) -> None:
        called.append(address[:2])
        if address[0] not in stands:
            raise ConnectionRefusedError
        real(self, ("127.0.0.1", stands[address[0]]))

    def create(address: tuple[str, int], timeout: float) -> socket.socket:
        sock = socket.socket()
        sock.settimeout(timeout)
        connect(sock, address)
        return sock

    monkeypatch.setattr(socket, "create_connection", create)
    return stands, called


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Callable[[str], Path]]:
    """An authority of our own, and certificates of it by name."""
    key = ec.generate_private_key(ec.SECP256R1())
    us = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test authority")])

    def made(name: x509.Name, public: Any, host: str | None) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(us)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.now(UTC) - timedelta(days=1))
            .not_valid_after(datetime.now(UTC) + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        )
        if host:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return builder.sign(key, hashes.SHA256())

    authority = tmp_path / "authority.pem"
    authority.write_bytes(made(us, key.public_key(), None).public_bytes(serialization.Encoding.PEM))

    def of(host: str) -> Path:
        own = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        path = tmp_path / f"{host}.pem"
        path.write_bytes(
            own.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + made(subject, own.public_key(), host).public_bytes(serialization.Encoding.PEM)
        )
        return path

    return authority, of
