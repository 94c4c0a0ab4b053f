"""An authenticator in software: makes passkeys and answers challenges, honestly unless it is told otherwise."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


def encoded(raw: bytes) -> str:
    """base64url, as browsers send it."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(shown: str) -> bytes:
    """The bytes again."""
    return urlsafe_b64decode(shown + "=" * (-len(shown) % 4))


class Authenticator:
    """One passkey of a page; `sign_count` is what it says next."""

    def __init__(self, origin: str, host: str = "localhost") -> None:
        self.origin, self.host, self.sign_count, self.is_verified = origin, host, 1, True
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = hashlib.sha256(str(self._key.private_numbers().private_value).encode()).digest()
        self.user_handle = ""

    def made(self, options: dict[str, Any], **instead: str) -> dict[str, Any]:
        """What the browser sends of a new passkey; `instead`: what it says otherwise of `origin` or `challenge`."""
        self.user_handle = options["user"]["id"]
        numbers = self._key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(public)
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(_ATTESTED) + attested}
        self.sign_count += 1
        return self._sent(
            {
                "clientDataJSON": encoded(self._client_data("webauthn.create", options, instead)),
                "attestationObject": encoded(cbor2.dumps(attestation)),
                "transports": ["internal", "telepathy"],
            }
        )

    def answer(self, options: dict[str, Any], **instead: str) -> dict[str, Any]:
        """What the browser sends of a challenge that was answered."""
        client, data = self._client_data("webauthn.get", options, instead), self._data(0)
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        self.sign_count += 1
        return self._sent(
            {
                "clientDataJSON": encoded(client),
                "authenticatorData": encoded(data),
                "signature": encoded(signature),
                "userHandle": self.user_handle,
            }
        )

    def _data(self, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.is_verified else 0)
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.sign_count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: dict[str, Any], instead: dict[str, str]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps({**said, **instead}).encode()

    def _sent(self, response: dict[str, Any]) -> dict[str, Any]:
        shown = encoded(self.credential_id)
        return {"id": shown, "rawId": shown, "type": "public-key", "response": response}
