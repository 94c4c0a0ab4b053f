"""Everything in a Temporal history is compressed, then encrypted with authentication (AES-256-GCM)."""

import os
import zlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.converter import PayloadCodec

from desk.keys import Keys

_ENCODING = b"binary/encrypted"
_NONCE = 12
_SHOWN = WorkflowMetadata.DESCRIPTOR.full_name.encode()


class SealedCodec(PayloadCodec):
    """Seals every payload but what the Temporal UI shows: summaries, details and the answer that carries them.

    Those say nothing personal. All that the product itself sends is an object: a bare text is only ever a summary or
    details, and the message that a workflow answers the UI's question about itself with has its own type.
    """

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.ciphers = {key_id: AESGCM(keys.material(key_id)) for key_id in keys.keys}

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Sealed payloads, with the id of the key."""
        return [payload if _is_shown(payload) else self._seal(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """The payloads as they were; ValueError if one was altered or its key is not known."""
        return [self._open(p) if p.metadata.get("encoding") == _ENCODING else p for p in payloads]

    def _seal(self, payload: Payload) -> Payload:
        key_id = self.keys.current
        nonce = os.urandom(_NONCE)
        packed = zlib.compress(payload.SerializeToString(), 6)
        sealed = nonce + self.ciphers[key_id].encrypt(nonce, packed, key_id.encode())
        return Payload(metadata={"encoding": _ENCODING, "key-id": key_id.encode()}, data=sealed)

    def _open(self, payload: Payload) -> Payload:
        key_id = payload.metadata["key-id"].decode()
        if key_id not in self.ciphers:
            raise ValueError(f"no key {key_id}: restore keys.json of the installation that wrote this history")
        try:
            packed = self.ciphers[key_id].decrypt(payload.data[:_NONCE], payload.data[_NONCE:], key_id.encode())
        except (InvalidTag, ValueError):
            raise ValueError("a payload was altered, or sealed with another key of the same id") from None
        return Payload.FromString(zlib.decompress(packed))


def _is_shown(payload: Payload) -> bool:
    encoding = payload.metadata.get("encoding")
    if encoding == b"json/protobuf":
        return payload.metadata.get("messageType") == _SHOWN
    return encoding == b"json/plain" and payload.data.startswith(b'"')
