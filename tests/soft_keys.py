"""A passkey in software: answers a question as a browser and its device would, and wrongly where a test wants that."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 1, 4, 64


class SoftKey:
    """One key pair, bound to one host name."""

    def __init__(self, origin: str, rp_id: str) -> None:
        self.origin, self.rp_id = origin, rp_id
        self.id = secrets.token_bytes(16)
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.count = 0

    def create(self, options: dict[str, Any]) -> str:
        """The answer to a question for a new key."""
        numbers = self.private.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        key = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public)
        made = {"fmt": "none", "attStmt": {}, "authData": self._about(PRESENT | VERIFIED | ATTESTED) + key}
        said = {"attestationObject": cbor2.dumps(made), "clientDataJSON": self._client("webauthn.create", options)}
        return self._answer(said, transports=["internal"])

    def get(self, options: dict[str, Any], *, flags: int = PRESENT | VERIFIED) -> str:
        """The answer to a question for a signature."""
        self.count += 1
        about, client = self._about(flags), self._client("webauthn.get", options)
        signature = self.private.sign(about + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer({"authenticatorData": about, "clientDataJSON": client, "signature": signature})

    def _about(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _answer(self, said: dict[str, bytes], **more: Any) -> str:
        key_id = bytes_to_base64url(self.id)
        response = {name: bytes_to_base64url(value) for name, value in said.items()} | more
        return json.dumps({"id": key_id, "rawId": key_id, "type": "public-key", "response": response})
