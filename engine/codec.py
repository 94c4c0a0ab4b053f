"""Everything in a Temporal history is compressed, then encrypted with authentication (AES-256-GCM).

Temporal asks nobody who he is: whoever reaches its port may send a payload. So what was not sealed with a key of this
installation, for just this workflow, is refused by everybody who reads it, and told as an alarm.
"""

import copy
import os
import zlib
from collections.abc import Sequence
from typing import Any, Self

import structlog
from cryptography.exceptions import InvalidTag
from temporalio.api.common.v1 import Payload
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    EncodingPayloadConverter,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
)

from engine.keys import KeyRing

_ENCODING = b"binary/encrypted"
_REFUSED = "binary/refused"
_BOUND_TO = "workflow-id"
_NONCE = 12
_SHOWN = WorkflowMetadata.DESCRIPTOR.full_name.encode()
_log = structlog.stdlib.get_logger("codec")


class ForgedPayload(ValueError):
    """A payload that nobody of this installation sealed, or that was sealed for another workflow, or altered."""


class SealedCodec(PayloadCodec, WithSerializationContext):
    """Seals every payload but what the Temporal UI shows: summaries, details and the answer that carries them.

    Those say nothing personal. All that the product itself sends is an object: a bare text is only ever a summary or
    details, and the message that a workflow answers the UI's question about itself with has its own type. A payload of
    a case, campaign or job is sealed together with the id of its workflow: copied into another one it is refused.
    """

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self.workflow_id: str | None = None

    def with_context(self, context: SerializationContext) -> Self:
        """The same codec for the payloads of one workflow."""
        bound = copy.copy(self)
        bound.workflow_id = getattr(context, "workflow_id", None)
        return bound

    def opened(self, payload: Payload) -> tuple[Payload, str | None]:
        """One payload as it was, and the workflow that it is bound to ("" for none; None where it was not sealed).

        What was forged stays as it came, and what names a key that is not here: somebody may have sent any. KeyTrouble
        without keys.
        """
        if _is_shown(payload) or payload.metadata.get("encoding") != _ENCODING:
            return payload, None
        if not self.ring.has(payload.metadata.get("key-id", b"").decode(errors="replace")):
            return payload, None
        found = self._open(payload)
        if found.metadata.get("encoding") == _REFUSED.encode():
            return payload, None
        return found, payload.metadata.get(_BOUND_TO, b"").decode()

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Sealed payloads, with the id of the key; KeyTrouble without keys."""
        return [payload if _is_shown(payload) else self._seal(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """The payloads as they were; KeyTrouble if the key of one is not known.

        In the place of a forged one comes a payload that no converter reads (ForgedPayload): a worker drops the signal
        and refuses the update that it stands in, and the workflow goes on.
        """
        return [payload if _is_shown(payload) else self._open(payload) for payload in payloads]

    def _seal(self, payload: Payload) -> Payload:
        key_id = self.ring.current()
        metadata = {"encoding": _ENCODING, "key-id": key_id.encode()}
        # a schedule's workflow gets an id that is not known when its argument is sealed; ours with a slash are
        if self.workflow_id is not None and "/" in self.workflow_id:
            metadata[_BOUND_TO] = self.workflow_id.encode()
        nonce = os.urandom(_NONCE)
        packed = zlib.compress(payload.SerializeToString(), 6)
        sealed = self.ring.cipher(key_id).encrypt(nonce, packed, _beside(metadata))
        return Payload(metadata=metadata, data=nonce + sealed)

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != _ENCODING:
            return self._refuse(payload, "unsealed")
        key_id = payload.metadata["key-id"].decode()
        cipher = self.ring.cipher(key_id)
        bound_to = payload.metadata.get(_BOUND_TO)
        if bound_to is not None and self.workflow_id is not None and bound_to != self.workflow_id.encode():
            return self._refuse(payload, "of_another_workflow")
        nonce, sealed = payload.data[:_NONCE], payload.data[_NONCE:]
        try:
            packed = cipher.decrypt(nonce, sealed, _beside(payload.metadata))
        except (InvalidTag, ValueError):
            return self._refuse(payload, "altered")
        return Payload.FromString(zlib.decompress(packed))

    def _refuse(self, payload: Payload, why: str) -> Payload:
        _log.error("forged payload refused", alarm="forged_payload", why=why, workflow_id=self.workflow_id)
        return Payload(metadata={"encoding": _REFUSED.encode()}, data=why.encode())


class SealedPayloadConverter(CompositePayloadConverter):
    """pydantic JSON; what the codec refused is read by nobody."""

    def __init__(self) -> None:
        super().__init__(*PydanticPayloadConverter().converters.values(), _Refusing())


class _Refusing(EncodingPayloadConverter):
    @property
    def encoding(self) -> str:
        return _REFUSED

    def to_payload(self, value: Any) -> Payload | None:
        return None

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        raise ForgedPayload(payload.data.decode())


def _beside(metadata: Any) -> bytes:
    """What is authenticated beside the content: the key's id and, where it is bound, the workflow's."""
    bound_to = metadata.get(_BOUND_TO)
    return metadata["key-id"] if bound_to is None else metadata["key-id"] + b"\n" + bound_to


def _is_shown(payload: Payload) -> bool:
    encoding = payload.metadata.get("encoding")
    if encoding == b"json/protobuf":
        return payload.metadata.get("messageType") == _SHOWN
    return encoding == b"json/plain" and payload.data.startswith(b'"')
