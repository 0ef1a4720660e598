"""A security key made of software: registers without attestation, and signs with ES256."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor


def packed(raw: bytes) -> str:
    """Base64 as WebAuthn has it."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class SoftKey:
    """One credential for one site."""

    def __init__(self, host: str, origin: str) -> None:
        self.host, self.origin = host, origin
        self.id = secrets.token_bytes(16)
        self.key = ec.generate_private_key(ec.SECP256R1())

    def _told(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _head(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BI", flags, 1)

    def _answer(self, told: bytes, **response: str) -> str:
        about = {"id": packed(self.id), "rawId": packed(self.id), "type": "public-key"}
        whole: dict[str, Any] = {
            **about, "response": {"clientDataJSON": packed(told), **response}, "clientExtensionResults": {},
        }  # fmt: skip
        return json.dumps(whole)

    def create(self, options: str) -> str:
        """What a browser hands over after making the credential."""
        told = self._told("webauthn.create", json.loads(options)["publicKey"]["challenge"])
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        made = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor.encode(public)
        attested = {"fmt": "none", "attStmt": {}, "authData": self._head(0x45) + made}
        return self._answer(told, attestationObject=packed(cbor.encode(attested)))

    def get(self, options: str) -> str:
        """What a browser hands over after using it."""
        told = self._told("webauthn.get", json.loads(options)["publicKey"]["challenge"])
        head = self._head(0x05)
        signature = self.key.sign(head + hashlib.sha256(told).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(told, authenticatorData=packed(head), signature=packed(signature))
